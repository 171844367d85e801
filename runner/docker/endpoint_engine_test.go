package docker_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// A server that listens for HTTP is reached though it has no network.
func TestEngineEndpoint(t *testing.T) {
	image := probeImage(t)
	for name, profile := range map[string]*runner.PermissionProfile{"bridge": bridged()} {
		t.Run(name, func(t *testing.T) {
			cfg := probeConfig(t, image, "http", "8080")
			cfg.Transport, cfg.TargetPort, cfg.PermissionProfile = runner.TransportStreamableHTTP, 8080, profile
			got := runProbe(t, probeEngine(t), cfg, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n")
			require.NoError(t, got.err)
			require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"result":{}}`, got.stdout)
			require.Equal(t, "listening\n", got.stderr)
		})
	}
}

// A server that ends before it listens is reported with its code and what it said.
func TestEngineEndpointEnds(t *testing.T) {
	cfg := probeConfig(t, probeImage(t), "exit", "3")
	cfg.Transport, cfg.TargetPort, cfg.PermissionProfile = runner.TransportStreamableHTTP, 8080, bridged()
	got := runProbe(t, probeEngine(t), cfg, "")
	var exit *runner.ExitError
	require.ErrorAs(t, got.err, &exit)
	require.Equal(t, 3, exit.Code)
	require.ErrorContains(t, got.err, "before it listened on port 8080")
	require.ErrorContains(t, got.err, "last words")
	require.NotContains(t, got.err.Error(), "published", "a container that has ended has no ports")
}

// Where nothing listens, that is said long before the wait for it ends.
func TestEngineEndpointElsewhere(t *testing.T) {
	cfg := probeConfig(t, probeImage(t), "wait")
	cfg.Transport, cfg.TargetPort, cfg.PermissionProfile = runner.TransportStreamableHTTP, 8080, bridged()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := make(chan string, 1)
	log := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "nothing listens yet") {
			said <- string(p)
			cancel()
		}
		return len(p), nil
	}), nil))
	e := docker.New(docker.Options{Host: enginetest.Host(t), Log: log})
	err := runner.New(runner.Options{Containers: e}).Run(ctx, cfg, runner.Stdio{Stdin: strings.NewReader("")})
	require.Error(t, err)
	require.Contains(t, <-said, "port=8080")
	requireNothingLeft(t)
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

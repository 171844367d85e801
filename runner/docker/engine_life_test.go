package docker_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// running starts a server that says that it is there, and returns how to end it and
// how it ended.
func running(t *testing.T, e *docker.Engine, cfg *runner.RunConfig) (cancel context.CancelFunc, ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	stdin, input := io.Pipe()
	output, stdout := io.Pipe()
	t.Cleanup(func() { require.NoError(t, errors.Join(input.Close(), stdout.Close())) })
	end := make(chan error, 1)
	go func() {
		end <- runner.New(runner.Options{Containers: e, StopGrace: 300 * time.Millisecond}).Run(ctx, cfg, runner.Stdio{Stdin: stdin, Stdout: stdout})
	}()
	said := make([]byte, len("here\n"))
	_, err := io.ReadFull(output, said)
	require.NoError(t, err)
	require.Equal(t, "here\n", string(said))
	return cancel, end
}

func TestEngineStop(t *testing.T) {
	image := probeImage(t)
	for name, c := range map[string]struct {
		mode string
		code int
	}{"SIGTERM": {"wait", 143}, "SIGKILL": {"stay", 137}} {
		t.Run(name, func(t *testing.T) {
			cancel, ended := running(t, probeEngine(t), probeConfig(t, image, c.mode))
			require.Len(t, containersOf(t, t.Name()), 1)
			cancel()
			var exit *runner.ExitError
			require.ErrorAs(t, <-ended, &exit)
			require.Equal(t, c.code, exit.Code)
			requireNothingLeft(t)
		})
	}
}

// A server whose client is gone is stopped, though it does not mind.
func TestEngineInputEnds(t *testing.T) {
	e := docker.New(docker.Options{Host: enginetest.Host(t), StopGrace: 200 * time.Millisecond})
	got := runProbe(t, e, probeConfig(t, probeImage(t), "stay"), "")
	var exit *runner.ExitError
	require.ErrorAs(t, got.err, &exit)
	require.Equal(t, 137, exit.Code)
}

// What docker inspect shows of a server tells its decision, and a secret only in
// its environment.
func TestEngineInspect(t *testing.T) {
	t.Setenv("MCP_RUNNER_SECRET_token", "s3cret value")
	cfg := probeConfig(t, probeImage(t), "wait")
	cfg.Secrets = []string{"token,target=TOKEN"}
	cancel, ended := running(t, probeEngine(t), cfg)
	ids := containersOf(t, t.Name())
	require.Len(t, ids, 1)
	got, err := enginetest.Client(t).ContainerInspect(t.Context(), ids[0], client.ContainerInspectOptions{})
	require.NoError(t, err)
	c := got.Container
	require.Contains(t, c.Config.Env, "TOKEN=s3cret value")
	c.Config.Env = nil
	rest, err := json.Marshal(c)
	require.NoError(t, err)
	require.NotContains(t, string(rest), "s3cret")
	labels := c.Config.Labels
	require.Equal(t, "probe", labels[docker.LabelName])
	require.Equal(t, "server", labels[docker.LabelRole])
	require.Contains(t, labels[docker.LabelSpecification], "sha256:")
	require.Equal(t, os.Getpid(), number(t, labels[docker.LabelPID]))
	cancel()
	<-ended
}

package main_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

type olderInput struct {
	Message string `json:"message"`
}

// olderServer speaks the older HTTP+SSE transport, and counts its connections.
func olderServer(t *testing.T) (url string, connections *atomic.Int32) {
	t.Helper()
	server := mcp.NewServer(&mcp.Implementation{Name: "older", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "echo"}, func(_ context.Context, _ *mcp.CallToolRequest, in olderInput) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "Echo: " + in.Message}}}, nil, nil
	})
	connections = new(atomic.Int32)
	s := httptest.NewUnstartedServer(mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return server }, nil))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL + "/sse", connections
}

// overOlder drives what answers at url over the older transport through the
// binary, in both ways.
func overOlder(t *testing.T, url string) {
	t.Helper()
	use := func(t *testing.T, transport mcp.Transport) {
		session, err := connect(t.Context(), transport)
		require.NoError(t, err)
		text, err := call(t.Context(), session, "echo", `{"message":"through the gate"}`)
		require.NoError(t, err)
		require.Equal(t, "Echo: through the gate", text)
		require.NoError(t, session.Close())
	}
	t.Run("stdio", func(t *testing.T) {
		cmd := exec.Command(binary, "run", "--stdio", "--transport", "sse", url)
		cmd.Stderr = t.Output()
		use(t, &mcp.CommandTransport{Command: cmd})
	})
	t.Run("http", func(t *testing.T) {
		front, _ := start(t, "run", "--transport", "sse", url)
		use(t, &mcp.StreamableClientTransport{Endpoint: front})
		use(t, &mcp.StreamableClientTransport{Endpoint: front})
	})
}

func TestOlderServer(t *testing.T) {
	t.Parallel()
	url, connections := olderServer(t)
	overOlder(t, url)

	t.Run("without the flag", func(t *testing.T) {
		_, err := connect(t.Context(), &mcp.CommandTransport{Command: exec.Command(binary, "run", "--stdio", url)})
		require.ErrorContains(t, err, "say --transport sse")
	})
	connections.Store(0)
	t.Run("denied", func(t *testing.T) {
		policy := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(policy, "x.rego"),
			[]byte("package mcp.policy.live\n\ndeny contains \"not over sse\" if input.server.transport == \"sse\"\n"), 0o644))
		cmd := exec.Command(binary, "run", "--stdio", "--policy", policy, "--transport", "sse", url)
		_, err := connect(t.Context(), &mcp.CommandTransport{Command: cmd})
		require.ErrorContains(t, err, "server creation blocked by policy: live: not over sse")
		require.Zero(t, connections.Load(), "nobody is connected to")
	})
	t.Run("check", func(t *testing.T) {
		out, err := exec.Command(binary, "check", "--transport", "sse", url).CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.NotContains(t, string(out), "in this version")
		require.Zero(t, connections.Load(), "nobody is connected to")
	})
}

// serveEverything starts the real server in its mode for the older transport.
func serveEverything(t *testing.T, server string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	cmd := exec.Command(server, "sse")
	cmd.Env = append(os.Environ(), "PORT="+port)
	log := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // by that signal
		if t.Failed() {
			t.Log(log.String())
		}
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}, 30*time.Second, 50*time.Millisecond, "the server does not listen")
	return "http://127.0.0.1:" + port + "/sse"
}

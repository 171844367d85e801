package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

const (
	allowPolicy = "package mcp.policy.live\n\ndeny contains \"closed\" if input.server.name == \"\\n\"\n"
	denyPolicy  = "package mcp.policy.live\n\ndeny contains \"closed for today\"\n"
)

// start runs the binary over HTTP until the test ends and returns its endpoint.
func start(t *testing.T, args ...string) (url string, cmd *exec.Cmd) {
	t.Helper()
	return startLogging(t, new(strings.Builder), args...)
}

// startLogging is start with the log of the process.
func startLogging(t *testing.T, stderr interface {
	io.Writer
	fmt.Stringer
}, args ...string) (url string, cmd *exec.Cmd) {
	t.Helper()
	cmd = exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MCP_RUNNER_POLICY=")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stop(t, cmd)
		if t.Failed() {
			t.Log(stderr.String())
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if u, ok := strings.CutPrefix(lines.Text(), "Serving "); ok {
			go io.Copy(io.Discard, stdout) // ends with the process
			return u, cmd
		}
	}
	require.FailNow(t, "no endpoint", "%v\n%s", lines.Err(), stderr)
	return "", nil
}

// stop ends the process as Ctrl-C does. It may have ended already.
func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	err := interrupt(cmd.Process)
	if errors.Is(err, os.ErrProcessDone) {
		return
	}
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cmd.Wait() // how it ended is not the question here
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		require.NoError(t, cmd.Process.Kill())
		<-done
		require.Fail(t, "Ctrl-C did not end mcp-runner")
	}
}

func TestPolicyEditedUnderARunningServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "live.rego")
	require.NoError(t, os.WriteFile(file, []byte(allowPolicy), 0o644))
	url, _ := start(t, "run", "demo", "--policy", dir)

	first, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
	require.NoError(t, err)
	defer first.Close()

	require.NoError(t, os.WriteFile(file, []byte(denyPolicy), 0o644))
	var denied error
	require.Eventually(t, func() bool {
		session, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
		if err == nil {
			require.NoError(t, session.Close())
			return false
		}
		denied = err
		return true
	}, 10*time.Second, 50*time.Millisecond)
	require.ErrorContains(t, denied, "server creation blocked by policy: live: closed for today")
	var rpc *jsonrpc.Error
	require.ErrorAs(t, denied, &rpc)
	require.EqualValues(t, -32000, rpc.Code)
	var data struct {
		Allowed    *bool
		Violations []struct{ Policy, Msg string }
	}
	require.NoError(t, json.Unmarshal(rpc.Data, &data))
	require.NotNil(t, data.Allowed)
	require.False(t, *data.Allowed)
	require.Equal(t, "live", data.Violations[0].Policy)

	text, err := call(t.Context(), first, "add", `{"a":2,"b":3}`)
	require.NoError(t, err, "a running session goes on")
	require.JSONEq(t, `{"sum":5}`, text)

	// A broken edit keeps the policy in force; a good one opens the door again.
	require.NoError(t, os.WriteFile(file, []byte("package mcp.policy.live\n\ndeny contains"), 0o644))
	_, err = connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
	require.ErrorContains(t, err, "closed for today")
	require.NoError(t, os.WriteFile(file, []byte(allowPolicy), 0o644))
	require.Eventually(t, func() bool {
		session, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
		if err != nil {
			return false
		}
		return session.Close() == nil
	}, 10*time.Second, 50*time.Millisecond)
}

// TestRealServer drives a server that people use, from npm, in both ways.
func TestRealServer(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("npm is not installed; CI runs this test")
	}
	require.NoError(t, err)
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "npm", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	install := exec.Command(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	out, err := install.CombinedOutput()
	require.NoError(t, err, "%s", out)
	server := filepath.Join(dir, "node_modules", ".bin", "mcp-server-everything")

	use := func(t *testing.T, transport mcp.Transport) {
		session, err := connect(t.Context(), transport)
		require.NoError(t, err)
		require.Equal(t, "mcp-servers/everything", session.InitializeResult().ServerInfo.Name)
		tools, err := session.ListTools(t.Context(), nil)
		require.NoError(t, err)
		require.NotEmpty(t, tools.Tools)
		text, err := call(t.Context(), session, "echo", `{"message":"through the gate"}`)
		require.NoError(t, err)
		require.Equal(t, "Echo: through the gate", text)
		// This server outlives the end of its input, so the client ends it with
		// SIGTERM; its exit code is then ours, as the client would see without us.
		var exit *exec.ExitError
		if err := session.Close(); errors.As(err, &exit) {
			require.Equal(t, 128+15, exit.ExitCode())
		} else {
			require.NoError(t, err)
		}
	}
	t.Run("stdio", func(t *testing.T) {
		cmd := exec.Command(binary, "run", "--stdio", "--", server, "stdio")
		cmd.Stderr = t.Output()
		use(t, &mcp.CommandTransport{Command: cmd})
	})
	t.Run("http", func(t *testing.T) {
		url, _ := start(t, "run", "--", server, "stdio")
		use(t, &mcp.StreamableClientTransport{Endpoint: url})
		use(t, &mcp.StreamableClientTransport{Endpoint: url})
	})
	t.Run("older transport", func(t *testing.T) { overOlder(t, serveEverything(t, server)) })
	t.Run("denied", func(t *testing.T) {
		policy := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(policy, "x.rego"), []byte(denyPolicy), 0o644))
		cmd := exec.Command(binary, "run", "--stdio", "--policy", policy, "--", server, "stdio")
		_, err := connect(t.Context(), &mcp.CommandTransport{Command: cmd})
		require.ErrorContains(t, err, "server creation blocked by policy: live: closed for today")
	})
}

// What runs is asked about again when the policy changes.
func TestPolicyChangeStopsWhatRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "live.rego")
	require.NoError(t, os.WriteFile(file, []byte(allowPolicy), 0o644))

	t.Run("over HTTP", func(t *testing.T) {
		url, _ := start(t, "run", "demo", "--policy", dir, "--on-policy-change", "stop")
		session, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
		require.NoError(t, err)
		defer session.Close()
		_, err = call(t.Context(), session, "add", `{"a":2,"b":3}`)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, []byte(denyPolicy), 0o644))
		require.Eventually(t, func() bool {
			_, err = call(t.Context(), session, "add", `{"a":2,"b":3}`)
			return err != nil
		}, 10*time.Second, 50*time.Millisecond)
	})
	require.NoError(t, os.WriteFile(file, []byte(allowPolicy), 0o644))
	for change, code := range map[string]int{"stop": 3, "warn": 0} {
		t.Run("over stdio, "+change, func(t *testing.T) {
			own := filepath.Join(t.TempDir(), "live.rego")
			require.NoError(t, os.WriteFile(own, []byte(allowPolicy), 0o644))
			cmd := exec.Command(binary, "run", "--stdio", "demo", "--policy", filepath.Dir(own), "--on-policy-change", change)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MCP_RUNNER_POLICY=")
			stderr, err := cmd.StderrPipe()
			require.NoError(t, err)
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			_, err = io.WriteString(stdin, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`+"\n")
			require.NoError(t, err)
			answer, err := bufio.NewReader(stdout).ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, answer, `"result"`, "it runs")
			require.NoError(t, os.WriteFile(own, []byte(denyPolicy), 0o644))
			lines, told := bufio.NewScanner(stderr), ""
			for lines.Scan() && !strings.Contains(told, "what    closed for today") {
				told += lines.Text() + "\n"
			}
			require.Contains(t, told, "closed for today")
			if change == "warn" {
				require.NoError(t, stdin.Close()) // the client leaves; until then the server runs
			}
			rest, err := io.ReadAll(stderr)
			require.NoError(t, err)
			told += string(rest)
			var exit *exec.ExitError
			if err := cmd.Wait(); code == 0 {
				require.NoError(t, err, told)
			} else {
				require.ErrorAs(t, err, &exit)
				require.Equal(t, code, exit.ExitCode(), told)
				require.Contains(t, told, "mcp-runner: server stopped by policy: live: closed for today")
			}
		})
	}
}

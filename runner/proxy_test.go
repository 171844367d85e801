package runner_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// denial is the error of a gate with data for the client.
type denial struct{ text string }

func (e *denial) Error() string  { return e.text }
func (e *denial) ErrorData() any { return map[string]any{"allowed": false} }

// countGate counts its questions and answers with what err holds.
func countGate(t *testing.T) (asked *atomic.Int32, answer *atomic.Pointer[denial]) {
	asked, answer = new(atomic.Int32), new(atomic.Pointer[denial])
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
		asked.Add(1)
		if e := answer.Load(); e != nil {
			return e
		}
		return nil
	}))
	return asked, answer
}

func alive(t *testing.T, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	require.NoError(t, err)
	process, err := os.FindProcess(n)
	if err != nil {
		return false
	}
	err = process.Signal(syscall.Signal(0))
	require.NoError(t, errors.Join(process.Release()))
	return err == nil
}

func TestEachSessionHasAServerOfItsOwn(t *testing.T) {
	asked, _ := countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")})
	var pids []string
	var sessions []*mcp.ClientSession
	for range 2 {
		session, err := connect(t, url, nil)
		require.NoError(t, err)
		text, err := callTool(t.Context(), session, "echo", "a <b> ü 😀 \n c")
		require.NoError(t, err)
		require.Equal(t, "a <b> ü 😀 \n c", text)
		pid, err := callTool(t.Context(), session, "pid", "")
		require.NoError(t, err)
		pids, sessions = append(pids, pid), append(sessions, session)
	}
	require.NotEqual(t, pids[0], pids[1])
	require.EqualValues(t, 2, asked.Load(), "one question for each session")

	require.NoError(t, sessions[0].Close()) // sends DELETE
	require.Eventually(t, func() bool { return !alive(t, pids[0]) }, 10*time.Second, 10*time.Millisecond)
	_, err := callTool(t.Context(), sessions[1], "echo", "still there")
	require.NoError(t, err)
}

func TestServersOwnMessagesReachTheClient(t *testing.T) {
	countGate(t)
	changed := make(chan struct{}, 1)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")})
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { changed <- struct{}{} },
	})
	//lint:ignore SA1019 what older protocols have
	client.AddRoots(&mcp.Root{URI: "file:///root"})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url}, nil)
	require.NoError(t, err)
	defer session.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	text, err := callTool(ctx, session, "roots", "")
	require.NoError(t, err)
	require.Equal(t, "file:///root", text, "a request of the server, and its answer")
	_, err = callTool(ctx, session, "grow", "")
	require.NoError(t, err)
	select {
	case <-changed:
	case <-ctx.Done():
		t.Fatal("no notification")
	}
}

func TestDeniedSession(t *testing.T) {
	asked, answer := countGate(t)
	answer.Store(&denial{"images.registry: no"})
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")})
	for n := range 2 {
		_, err := connect(t, url, nil)
		require.ErrorContains(t, err, "server creation blocked by policy: images.registry: no")
		var wire *jsonrpc.Error
		require.ErrorAs(t, err, &wire)
		require.EqualValues(t, -32000, wire.Code)
		require.JSONEq(t, `{"allowed": false}`, string(wire.Data))
		require.EqualValues(t, n+1, asked.Load(), "one question for each initialize, none for server/discover")
	}
}

func TestPolicyChangesBetweenSessions(t *testing.T) {
	_, answer := countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")})
	first, err := connect(t, url, nil)
	require.NoError(t, err)
	answer.Store(&denial{"no more"})
	_, err = connect(t, url, nil)
	require.ErrorContains(t, err, "no more")
	_, err = callTool(t.Context(), first, "echo", "x")
	require.NoError(t, err, "what runs goes on")
}

func TestServerThatEndsAnswersWhatIsPending(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")})
	session, err := connect(t, url, nil)
	require.NoError(t, err)
	hung := make(chan error, 1)
	go func() {
		_, err := callTool(t.Context(), session, "hang", "")
		hung <- err
	}()
	_, err = callTool(t.Context(), session, "crash", "")
	require.ErrorContains(t, err, "server ended with exit code 7")
	require.ErrorContains(t, <-hung, "server ended with exit code 7")
	_, err = callTool(t.Context(), session, "echo", "")
	require.Error(t, err, "the session is gone")
}

func TestServerThatDoesNotStart(t *testing.T) {
	countGate(t)
	for name, c := range map[string]struct {
		kind, command, want string
	}{
		"ends at once":  {kind: "crash", want: "server ended with exit code 7"},
		"no such file":  {command: "/nonexistent/server", want: "server could not be run: "},
		"long message":  {kind: "long", want: "server sent a message that is too long"},
		"not an answer": {kind: "deaf", want: "session ended"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := mcpConfig(t, c.kind)
			if c.command != "" {
				cfg.Command = c.command
			}
			proxy, url := newProxy(t, runner.ProxyOptions{Config: cfg})
			if c.kind == "deaf" {
				stop := time.AfterFunc(500*time.Millisecond, func() {
					ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
					defer cancel()
					require.NoError(t, proxy.Close(ctx))
				})
				defer stop.Stop()
			}
			_, err := connect(t, url, nil)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestIdleSessionEnds(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk"), IdleTimeout: 300 * time.Millisecond})
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, DisableStandaloneSSE: true}, nil)
	require.NoError(t, err)
	defer session.Close()
	pid, err := callTool(t.Context(), session, "pid", "")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !alive(t, pid) }, 10*time.Second, 10*time.Millisecond)
}

func TestListeningSessionIsNotIdle(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk"), IdleTimeout: 200 * time.Millisecond})
	session, err := connect(t, url, nil)
	require.NoError(t, err)
	pid, err := callTool(t.Context(), session, "pid", "")
	require.NoError(t, err)
	require.Never(t, func() bool { return !alive(t, pid) }, time.Second, 50*time.Millisecond)
	// A call that takes longer than the timeout is not idle either.
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = callTool(ctx, session, "hang", "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = callTool(t.Context(), session, "echo", "")
	require.NoError(t, err)
}

func TestCloseEndsEverySession(t *testing.T) {
	countGate(t)
	proxy, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")})
	var pids []string
	for range 3 {
		session, err := connect(t, url, nil)
		require.NoError(t, err)
		pid, err := callTool(t.Context(), session, "pid", "")
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	require.NoError(t, proxy.Close(t.Context()))
	for _, pid := range pids {
		require.False(t, alive(t, pid))
	}
	_, err := connect(t, url, nil)
	require.Error(t, err)
}

func TestCloseIsBounded(t *testing.T) {
	countGate(t)
	r := runner.New(runner.Options{StopGrace: time.Hour})
	proxy, url := newProxy(t, runner.ProxyOptions{Runner: r, Config: mcpConfig(t, "stays")})
	status, body, id := rawPost(t, url, "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
	require.Equal(t, 200, status, body)
	require.NotEmpty(t, id)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, proxy.Close(ctx), context.DeadlineExceeded)
	// The clean-up closes once more: the first had the server signalled.
}

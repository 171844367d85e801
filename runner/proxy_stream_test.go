package runner_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestServerThatClosesAStream(t *testing.T) {
	countGate(t)
	for kind, want := range map[string]string{
		"closeout": "server closed its output",
		"closein":  "server closed its input",
	} {
		t.Run(kind, func(t *testing.T) {
			_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, kind)})
			_, _, id := rawPost(t, url, "", rawInitialize)
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			status, body, _ := roundTrip(t, newRequest(t, http.MethodPost, url, id, rawPing).WithContext(ctx))
			require.Equal(t, 200, status)
			require.Contains(t, body, `"code":-32000`)
			require.Contains(t, body, want)
		})
	}
}

func TestMalformedAnswers(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "malformed")})
	_, _, id := rawPost(t, url, "", rawInitialize)
	for name, c := range map[string]struct{ answer, want string }{
		"error is text":  {`{"jsonrpc":"2.0","id":"c","error":"boom"}`, "malformed"},
		"no version":     {`{"id":"c","result":{}}`, "malformed"},
		"nothing in it":  {`{"jsonrpc":"2.0","id":"c"}`, "malformed"},
		"in a batch":     {`[{"jsonrpc":"2.0","method":"x"},{"id":"c","result":{}}]`, "malformed"},
		"result of null": {`{"jsonrpc":"2.0","id":"c","result":null}`, `"result":null`},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			call := fmt.Sprintf(`{"jsonrpc":"2.0","id":"c","method":%q}`, c.answer)
			status, body, _ := roundTrip(t, newRequest(t, http.MethodPost, url, id, call).WithContext(ctx))
			require.Equal(t, 200, status)
			require.Contains(t, body, c.want)
		})
	}
}

// comments reads a stream until it had the given comments, in that order.
func comments(t *testing.T, resp *http.Response, want ...string) {
	t.Helper()
	lines := bufio.NewScanner(resp.Body)
	for len(want) > 0 {
		require.True(t, lines.Scan(), "the stream ended")
		if lines.Text() == want[0] {
			want = want[1:]
		}
	}
}

func TestSilentStreamsAreKeptAlive(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")}, runner.KeepAlive(50*time.Millisecond))
	_, _, id := rawPost(t, url, "", rawInitialize)
	resp, _ := listen(t, url, id)
	comments(t, resp, ": ok", ": keep-alive", ": keep-alive")

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, id, `{"jsonrpc":"2.0","id":5,"method":"silence"}`).WithContext(ctx))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	comments(t, resp, ": ok", ": keep-alive", ": keep-alive")
}

func TestRealClientWithManyComments(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "sdk")}, runner.KeepAlive(time.Millisecond), runner.InitializeWait(time.Millisecond))
	session, err := connect(t, url, nil)
	require.NoError(t, err)
	for range 100 {
		text, err := callTool(t.Context(), session, "echo", strings.Repeat("x", 10000))
		require.NoError(t, err)
		require.Len(t, text, 10000)
	}
}

func TestSlowInitializeHasItsIDBeforeTheAnswer(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "deaf")},
		runner.InitializeWait(50*time.Millisecond), runner.KeepAlive(50*time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, "", rawInitialize).WithContext(ctx))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.NotEmpty(t, resp.Header.Get("Mcp-Session-Id"))
	comments(t, resp, ": ok", ": keep-alive")
}

// deadWriter is a client that is gone without a word.
type deadWriter struct {
	header http.Header
	mu     sync.Mutex
	writes int
}

func (w *deadWriter) Header() http.Header { return w.header }
func (w *deadWriter) WriteHeader(int)     {}
func (w *deadWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.writes++; w.writes > 1 {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func TestClientThatIsGoneEndsItsStream(t *testing.T) {
	countGate(t)
	proxy, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "deaf")}, runner.KeepAlive(20*time.Millisecond),
		runner.InitializeWait(time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, "", rawInitialize).WithContext(ctx))
	require.NoError(t, err)
	defer resp.Body.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		req := newRequest(t, http.MethodGet, url, resp.Header.Get("Mcp-Session-Id"), "")
		proxy.ServeHTTP(&deadWriter{header: make(http.Header)}, req)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		t.Fatal("the stream goes on")
	}
}

// lockedBuffer is a log that goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestLogSaysWhoEndedASession(t *testing.T) {
	_, answer := countGate(t)
	for name, c := range map[string]struct {
		kind string
		idle time.Duration
		end  func(t *testing.T, p *runner.Proxy, url, id string)
		deny bool
		want string
	}{
		"client": {end: func(t *testing.T, _ *runner.Proxy, url, id string) {
			roundTrip(t, newRequest(t, http.MethodDelete, url, id, ""))
		}, want: `reason="the client ended it"`},
		"idle":   {idle: 100 * time.Millisecond, want: `reason="it was idle"`},
		"runner": {end: func(t *testing.T, p *runner.Proxy, _, _ string) { require.NoError(t, p.Close(t.Context())) }, want: `reason="the runner ended it"`},
		"server": {kind: "crash", want: `reason="server ended with exit code 7"`},
		"policy": {deny: true, want: `msg="session denied" server=`},
	} {
		t.Run(name, func(t *testing.T) {
			var log lockedBuffer
			cfg := mcpConfig(t, "raw")
			if c.kind != "" {
				cfg = mcpConfig(t, c.kind)
			}
			cfg.Name = "" // the log has the resolved one
			answer.Store(nil)
			if c.deny {
				answer.Store(&denial{"a-reason"})
			}
			p, url := newProxy(t, runner.ProxyOptions{Config: cfg, IdleTimeout: c.idle, Log: slog.New(slog.NewTextHandler(&log, nil))})
			_, _, id := rawPost(t, url, "", rawInitialize)
			if c.end != nil {
				c.end(t, p, url, id)
			}
			require.Eventually(t, func() bool { return strings.Contains(log.String(), c.want) }, 10*time.Second, 10*time.Millisecond, "%s", &log)
			require.Equal(t, 1, strings.Count(log.String(), "level=INFO"), log.String())
			require.NotContains(t, log.String(), `server=""`)
			if c.deny {
				require.Equal(t, 1, strings.Count(log.String(), "a-reason"))
			}
		})
	}
}

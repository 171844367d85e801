package runner_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

const rawPing = `{"jsonrpc":"2.0","id":"p","method":"ping"}`

// listen opens the stream of a session. The result closes it.
func listen(t *testing.T, url, id string) (*http.Response, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodGet, url, id, "").WithContext(ctx))
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	t.Cleanup(func() {
		cancel()
		_ = resp.Body.Close() // closed by its context, maybe
	})
	return resp, cancel
}

// abandon sends a request and hangs up once there is a header.
func abandon(t *testing.T, url, id, body string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, id, body).WithContext(ctx))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestServerThatDoesNotReadHoldsNoMoreThanItsBudget(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "mute")})
	_, _, id := rawPost(t, url, "", rawInitialize)
	big := strings.Repeat("x", 3<<20)
	var codes []int
	for n := range 8 {
		codes = append(codes, abandon(t, url, id, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"x","params":{"x":%q}}`, n+10, big)))
	}
	require.Equal(t, []int{200, 200, 200, 200, 200, 503, 503, 503}, codes)
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, id, `{"jsonrpc":"2.0","id":99,"method":"x","params":{"x":"`+big+`"}}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 503, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	answers := `{"jsonrpc":"2.0","id":9,"result":{"x":"` + big + `"}}`
	require.Equal(t, 503, abandon(t, url, id, answers), "what wants no answer counts too")
	// Those that hung up left.
	require.Eventually(t, func() bool {
		return !strings.Contains(strings.Join(ours(), "\n"), "servePOST")
	}, 10*time.Second, 10*time.Millisecond)
}

func TestBudgetIsGivenBack(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	_, _, id := rawPost(t, url, "", rawInitialize)
	big := strings.Repeat("x", 3<<20)
	for n := range 6 {
		status, body, _ := rawPost(t, url, id, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"x","params":{"x":%q}}`, n+10, big))
		require.Equal(t, 200, status, body)
	}
	// What the transport refuses is given back too.
	abandon(t, url, id, `{"jsonrpc":"2.0","id":"twice","method":"silence"}`)
	for range 6 {
		require.Equal(t, 400, abandon(t, url, id, `{"jsonrpc":"2.0","id":"twice","method":"silence","params":{"x":"`+big+`"}}`))
	}
}

func TestCallsWithoutAnswerAreBounded(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	_, _, id := rawPost(t, url, "", rawInitialize)
	batch := func(from, n int) string {
		var calls []string
		for i := range n {
			calls = append(calls, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"silence"}`, from+i))
		}
		return "[" + strings.Join(calls, ",") + "]"
	}
	require.Equal(t, 200, abandon(t, url, id, batch(1000, 1000)))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, id, batch(2000, 1000)).WithContext(ctx))
	require.NoError(t, err)
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); ; {
		require.True(t, lines.Scan(), "no call was refused")
		if strings.Contains(lines.Text(), "too many calls that the server did not answer") {
			return
		}
	}
}

func TestLongestIdleSessionGivesItsPlace(t *testing.T) {
	asked, _ := countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw"), MaxSessions: 2})
	begin := func() (int, string) {
		status, _, id := rawPost(t, url, "", rawInitialize)
		return status, id
	}
	_, a := begin()
	_, b := begin()
	status, _, _ := rawPost(t, url, a, rawPing)
	require.Equal(t, 200, status)
	status, c := begin()
	require.Equal(t, 200, status, "b was idle longest")
	status, _, _ = rawPost(t, url, b, rawPing)
	require.Equal(t, 404, status)
	for _, id := range []string{a, c} {
		status, _, _ = rawPost(t, url, id, rawPing)
		require.Equal(t, 200, status)
		listen(t, url, id)
	}
	require.EqualValues(t, 3, asked.Load())
	status, _ = begin()
	require.Equal(t, 503, status, "all are busy")
	require.EqualValues(t, 3, asked.Load())
}

func TestSessionWhoseClientStoppedListeningEnds(t *testing.T) {
	countGate(t)
	for name, c := range map[string]struct {
		listens, after, ends bool
	}{
		"closed":            {listens: true, ends: true},
		"closed, then used": {listens: true, after: true},
		"never listened":    {},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tidy")
			cfg := mcpConfig(t, "tidy")
			cfg.EnvVars[fileVariable] = file
			_, url := newProxy(t, runner.ProxyOptions{Config: cfg}, runner.Linger(300*time.Millisecond))
			_, _, id := rawPost(t, url, "", rawInitialize)
			if c.listens {
				resp, hangUp := listen(t, url, id)
				hangUp()
				require.NoError(t, resp.Body.Close())
			}
			if c.after {
				require.Eventually(t, func() bool { return !strings.Contains(strings.Join(ours(), "\n"), "serveGET") }, 10*time.Second, time.Millisecond)
				status, _, _ := rawPost(t, url, id, `{"jsonrpc":"2.0","method":"x"}`)
				require.Equal(t, 202, status)
			}
			ended := func() bool {
				_, err := os.Stat(file)
				return err == nil
			}
			if c.ends {
				require.Eventually(t, ended, 10*time.Second, 10*time.Millisecond)
			} else {
				require.Never(t, ended, time.Second, 50*time.Millisecond)
			}
		})
	}
}

func TestUnknownSessionIsRefusedBeforeTheBody(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	body, never := io.Pipe()
	defer never.Close()
	req := newRequest(t, http.MethodPost, url, "unknown", "")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req.Body, req.ContentLength = body, 1000
	resp, err := http.DefaultClient.Do(req.WithContext(ctx))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 404, resp.StatusCode)
}

func TestBodiesBeingReadAreBounded(t *testing.T) {
	countGate(t)
	proxy, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")}, runner.BodyBudget(1<<20))
	body, slow := io.Pipe()
	req := newRequest(t, http.MethodPost, url, "", "")
	req.Body, req.ContentLength = body, 2<<20
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close() // 400, as its body ends early, or none
		}
	}()
	_, err := slow.Write(make([]byte, 900<<10))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return runner.BodiesRead(proxy) >= 900<<10 }, 10*time.Second, time.Millisecond)
	require.Equal(t, 503, abandon(t, url, "", strings.Repeat(" ", 200<<10)+rawPing))
	require.NoError(t, slow.CloseWithError(io.ErrUnexpectedEOF))
	<-done
	require.Eventually(t, func() bool {
		return abandon(t, url, "", strings.Repeat(" ", 200<<10)+rawPing) == 400 // no session
	}, 10*time.Second, 10*time.Millisecond)
}

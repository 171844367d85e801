package runner_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/runner"
)

const (
	cancelLine   = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`
	responseLine = `{"jsonrpc":"2.0","id":"asked","result":{}}`
)

// A notification follows the calls before it, and nothing else waits for them.
func TestOrderOverTheOlderTransport(t *testing.T) {
	type sent struct {
		body string
		at   time.Duration
	}
	second := strings.Replace(callLine, "7", "8", 1)
	for name, c := range map[string]struct {
		opens, takes time.Duration // the stream, the call 7
		answered     bool          // before it is taken
		apart        bool          // each message is sent when the one before it was
		send         []string
		want         []sent
	}{
		"taken soon":           {0, 300 * time.Millisecond, false, false, []string{callLine, cancelLine}, []sent{{callLine, 0}, {cancelLine, 300 * time.Millisecond}}},
		"taken late":           {0, time.Hour, false, false, []string{callLine, cancelLine}, []sent{{callLine, 0}, {cancelLine, time.Second}}},
		"stream opens late":    {20 * time.Second, 300 * time.Millisecond, false, false, []string{callLine, cancelLine}, []sent{{callLine, 20 * time.Second}, {cancelLine, 20*time.Second + 300*time.Millisecond}}},
		"answered":             {0, time.Second / 2, true, true, []string{callLine, cancelLine}, []sent{{callLine, 0}, {cancelLine, 0}}},
		"response":             {0, time.Second / 2, false, true, []string{callLine, responseLine, cancelLine}, []sent{{callLine, 0}, {responseLine, 0}, {cancelLine, time.Second / 2}}},
		"call after the other": {0, time.Second / 2, false, false, []string{callLine, cancelLine, second}, []sent{{callLine, 0}, {cancelLine, time.Second / 2}, {second, time.Second / 2}}},
		"once for each call":   {0, time.Hour, false, false, []string{callLine, cancelLine, cancelLine}, []sent{{callLine, 0}, {cancelLine, time.Second}, {cancelLine, time.Second}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var got []sent
				began := time.Now()
				fake := fakeOlder(olderEndpoint, func(req *http.Request, body string, say func(string)) (*http.Response, error) {
					mu.Lock()
					got = append(got, sent{body, time.Since(began)})
					mu.Unlock()
					if strings.Contains(body, `"id":7`) {
						if c.answered {
							say(message(`{"jsonrpc":"2.0","id":7,"result":{}}`))
						}
						select {
						case <-time.After(c.takes):
						case <-req.Context().Done():
							return nil, req.Context().Err()
						}
					}
					return response(202, "", ""), nil
				})
				server, stdin, _ := setupConfig(t, olderConfig(), func(req *http.Request) (*http.Response, error) {
					if req.Method == http.MethodGet {
						time.Sleep(c.opens) // of the bubble
					}
					return fake(req)
				}, io.Discard)
				for _, line := range c.send {
					sendLine(t, stdin, line)
					if c.apart {
						synctest.Wait()
					}
				}
				time.Sleep(time.Minute) // of the bubble
				mu.Lock()
				all := slices.Clone(got)
				mu.Unlock()
				require.Equal(t, len(c.want), len(all))
				for i, want := range c.want {
					require.JSONEq(t, want.body, all[i].body)
					require.Equal(t, want.at, all[i].at, want.body)
				}
				require.NoError(t, server.Stop(t.Context()))
				require.NoError(t, server.Wait())
				require.NoError(t, stdin.Close())
			})
		})
	}
}

// The places for requests of calls are the calls': what the server needs to
// answer them finds one.
func TestFullOlderTransportTakesResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		responded := make(chan struct{})
		stdout, out := io.Pipe()
		lines := bufio.NewScanner(stdout)
		server, stdin, _ := setupConfig(t, olderConfig(), fakeOlder(olderEndpoint, func(req *http.Request, body string, say func(string)) (*http.Response, error) {
			if strings.Contains(body, `"asked"`) {
				close(responded)
				return response(202, "", ""), nil
			}
			select {
			case <-responded:
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
			_, id, _ := strings.Cut(body, `"id":`)
			id, _, _ = strings.Cut(id, ",")
			say(message(`{"jsonrpc":"2.0","id":` + id + `,"result":{}}`))
			return response(202, "", ""), nil
		}), out)
		for id := range 256 {
			sendLine(t, stdin, strings.Replace(callLine, "7", fmt.Sprint(id+10), 1))
		}
		synctest.Wait()
		sendLine(t, stdin, responseLine)
		for range 256 {
			require.True(t, lines.Scan())
			require.Contains(t, lines.Text(), `"result"`)
		}
		require.NoError(t, stdin.Close())
		require.NoError(t, server.Wait())
	})
}

// A server that is cancelled hears of the call first, however soon the client
// gives it up.
func TestCancelledCallsEndAtTheServer(t *testing.T) {
	countGate(t)
	t.Run("older", func(t *testing.T) { cancelCalls(t, newOlder, runner.TransportSSE, soak.Times(1000)) })
	t.Run("streamable", func(t *testing.T) {
		cancelCalls(t, func(t *testing.T, server *mcp.Server) *remote {
			return newRemote(t, httptest.NewServer, mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
		}, "", min(soak.Times(40), 8)) // a second each: it gives no status before the answer
	})
}

func cancelCalls(t *testing.T, serve func(*testing.T, *mcp.Server) *remote, transport string, times int) {
	t.Helper()
	var mu sync.Mutex
	under := 0
	count := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		under += n
		return under
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "older", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "hang"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		count(1)
		defer count(-1)
		<-ctx.Done()
		return nil, nil, ctx.Err()
	})
	cfg := secretConfig(serve(t, server).URL + "/mcp")
	cfg.Transport = transport
	b := runRemote(t, cfg, nil)
	b.send(t, initializeLine)
	require.Contains(t, b.line(t), `"id":0,"result"`)
	b.send(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	for i := range times {
		b.send(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"hang","arguments":{}}}`, i+1),
			fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, i+1))
	}
	b.send(t, `{"jsonrpc":"2.0","id":"last","method":"ping"}`)
	for line := ""; !strings.Contains(line, `"last"`); {
		line = b.line(t) // some calls are answered before they are cancelled
	}
	require.Eventually(t, func() bool { return count(0) == 0 }, 5*time.Second, time.Millisecond, "a call goes on")
}

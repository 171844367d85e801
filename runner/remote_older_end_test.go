package runner_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// What a stream brings after its end was the session's.
func TestOlderSessionEndsWithItsStream(t *testing.T) {
	for name, end := range map[string]string{
		"cut off":     "",
		"giant event": "data: " + strings.Repeat("a", 17<<20) + "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stdout, out := io.Pipe()
				lines := bufio.NewScanner(stdout)
				var streams atomic.Int32
				fake := fakeOlder(olderEndpoint, func(_ *http.Request, body string, say func(string)) (*http.Response, error) {
					switch {
					case strings.Contains(body, "initialize"):
						say(message(`{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2024-11-05"}}`))
					case strings.Contains(body, `"id":8`):
						say(end)
					}
					return response(202, "", ""), nil
				})
				server, stdin, _ := setupConfig(t, olderConfig(), func(req *http.Request) (*http.Response, error) {
					if req.Method == http.MethodGet {
						streams.Add(1)
					}
					return fake(req)
				}, out)
				sendLine(t, stdin, initializeLine)
				require.True(t, lines.Scan())
				began := time.Now()
				sendLine(t, stdin, callLine)
				sendLine(t, stdin, strings.Replace(callLine, "7", "8", 1))
				for range 2 {
					require.True(t, lines.Scan())
					require.Contains(t, lines.Text(), `"code":-32000`)
					require.Contains(t, lines.Text(), "remote server mcp.example ended the stream, and the session with it: ")
				}
				sendLine(t, stdin, strings.Replace(callLine, "7", "9", 1))
				require.True(t, lines.Scan())
				require.Contains(t, lines.Text(), "and the session with it", "whoever comes late is told")
				require.ErrorContains(t, server.Wait(), "and the session with it")
				require.Equal(t, 5*time.Second, time.Since(began))
				require.EqualValues(t, 1, streams.Load(), "nothing resumes it")
				require.NoError(t, stdin.Close())
			})
		})
	}
}

// A request that is slow to be taken is not cut off at once where its answer came
// already, nor for ever.
func TestSlowToTakeOverTheOlderTransport(t *testing.T) {
	for name, c := range map[string]struct{ takes, ends time.Duration }{
		"a second": {time.Second, time.Second},
		"an hour":  {time.Hour, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var took atomic.Int64
				server, stdin, _ := setupConfig(t, olderConfig(), fakeOlder(olderEndpoint, func(req *http.Request, _ string, say func(string)) (*http.Response, error) {
					began := time.Now()
					say(message(`{"jsonrpc":"2.0","id":7,"result":{}}`))
					select {
					case <-time.After(c.takes):
					case <-req.Context().Done():
					}
					took.Store(int64(time.Since(began)))
					if err := req.Context().Err(); err != nil {
						return nil, err
					}
					return response(202, "", ""), nil
				}), io.Discard)
				sendLine(t, stdin, callLine)
				time.Sleep(10 * time.Second) // of the bubble
				require.Equal(t, c.ends, time.Duration(took.Load()))
				require.NoError(t, stdin.Close())
				require.NoError(t, server.Wait())
			})
		})
	}
}

func TestEndsOfTheOlderTransport(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(t *testing.T, server runner.Server, stdin io.Closer)
		want string
		took time.Duration
	}{
		"input ends": {func(t *testing.T, _ runner.Server, stdin io.Closer) { require.NoError(t, stdin.Close()) }, "", 5 * time.Second},
		"stopped":    {func(t *testing.T, server runner.Server, _ io.Closer) { require.NoError(t, server.Stop(t.Context())) }, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				var streams atomic.Int32
				fake := fakeOlder(olderEndpoint, func(_ *http.Request, body string, say func(string)) (*http.Response, error) {
					if strings.Contains(body, `"id":8`) {
						say(message(`{"jsonrpc":"2.0","id":8,"result":{}}`))
					}
					return response(202, "", ""), nil
				})
				server, stdin, _ := setupConfig(t, olderConfig(), func(req *http.Request) (*http.Response, error) {
					if req.Method == http.MethodGet {
						streams.Add(1)
						context.AfterFunc(req.Context(), func() { streams.Add(-1) })
					}
					return fake(req)
				}, &out)
				sendLine(t, stdin, strings.Replace(callLine, "7", "8", 1))
				sendLine(t, stdin, callLine)
				synctest.Wait()
				require.EqualValues(t, 1, streams.Load())
				began := time.Now()
				c.end(t, server, stdin)
				require.NoError(t, server.Wait())
				require.Equal(t, c.took, time.Since(began))
				require.Contains(t, out.String(), `"id":7,"error":{"code":-32000,"message":"session ended"}`)
				synctest.Wait()
				require.Zero(t, streams.Load(), "the stream is closed")
				require.NoError(t, stdin.Close())
			})
		})
	}
}

func TestClientThatDoesNotReadAnOlderServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stdout, out := io.Pipe()
		server, stdin, _ := setupConfig(t, olderConfig(), fakeOlder(olderEndpoint+strings.Repeat(message(`{"jsonrpc":"2.0","method":"n"}`), 1000),
			func(*http.Request, string, func(string)) (*http.Response, error) {
				return response(202, "", "Accepted"), nil
			}), out)
		go sendLine(t, stdin, callLine)
		synctest.Wait()
		began := time.Now()
		require.NoError(t, stdin.Close())
		require.ErrorContains(t, server.Wait(), "client does not read what it is sent")
		require.Equal(t, 10*time.Second, time.Since(began))
		require.NoError(t, stdout.Close())
	})
}

// However many messages come at once, one stream is opened and so many requests
// are under way.
func TestManyCallsOverTheOlderTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most, streams atomic.Int32
		fake := fakeOlder(olderEndpoint, func(req *http.Request, body string, say func(string)) (*http.Response, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			_, id, _ := strings.Cut(body, `"id":`)
			id, _, _ = strings.Cut(id, ",")
			say(message(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, strings.TrimSuffix(strings.TrimSpace(id), "}"))))
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		server, stdin, _ := setupConfig(t, olderConfig(), func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodGet {
				streams.Add(1)
			}
			return fake(req)
		}, io.Discard)
		for id := range 1000 {
			sendLine(t, stdin, strings.Replace(callLine, "7", fmt.Sprint(id+10), 1))
		}
		time.Sleep(time.Minute) // of the bubble
		require.EqualValues(t, 1, streams.Load())
		require.LessOrEqual(t, most.Load(), int32(256))
		require.Zero(t, under.Load())
		require.NoError(t, stdin.Close())
		require.NoError(t, server.Wait())
	})
}

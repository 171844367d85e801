package runner_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// newBridge bridges to at until the test ends.
func newBridge(t *testing.T, at runner.Endpoint) *bridge {
	t.Helper()
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	server, err := runner.Bridge(t.Context(), at, runner.Stdio{Stdin: in, Stdout: out})
	require.NoError(t, err)
	b := &bridge{stdin: stdin, stdout: bufio.NewReader(stdout), ended: make(chan error, 1)}
	go func() { b.ended <- server.Wait() }()
	t.Cleanup(func() {
		require.NoError(t, stdin.Close())
		require.NoError(t, stdout.Close())
		require.NoError(t, server.Stop(context.Background()))
		require.Eventually(t, func() bool {
			return !slices.ContainsFunc(ours(), func(s string) bool { return strings.Contains(s, "remoteServer") })
		}, 10*time.Second, 10*time.Millisecond, "goroutines are left")
	})
	return b
}

func TestBridge(t *testing.T) {
	proxy := newRemote(t, httptest.NewServer, http.NotFoundHandler())
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "")
	for transport, remote := range map[string]*remote{
		runner.TransportStreamableHTTP: sdkRemote(t),
		runner.TransportSSE:            sdkOlder(t),
	} {
		t.Run(transport, func(t *testing.T) {
			b := newBridge(t, runner.Endpoint{URL: remote.URL + "/mcp", Transport: transport})
			session := useAll(t, &mcp.IOTransport{Reader: io.NopCloser(b.stdout), Writer: b.stdin})
			require.NoError(t, session.Close())
			require.NoError(t, b.wait(t))
			require.Empty(t, remote.seen()[0].Header.Get("Authorization"))
		})
	}
	require.Empty(t, proxy.seen())
}

func TestEndpointsThatBridgeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		at   runner.Endpoint
		want string
	}{
		"no URL":        {runner.Endpoint{Transport: "sse"}, "endpoint: want an http or https URL"},
		"user":          {runner.Endpoint{URL: "http://hush:hush@127.0.0.1:1/", Transport: "sse"}, "endpoint: its URL holds a user"},
		"https":         {runner.Endpoint{URL: "https://127.0.0.1:1/", Transport: "sse"}, "endpoint 127.0.0.1:1: want http, have https"},
		"name":          {runner.Endpoint{URL: "http://localhost:1/", Transport: "sse"}, "endpoint localhost:1: want a loopback address such as 127.0.0.1"},
		"other machine": {runner.Endpoint{URL: "http://192.0.2.1:1/", Transport: "sse"}, "endpoint 192.0.2.1:1: want a loopback address"},
		"transport":     {runner.Endpoint{URL: "http://127.0.0.1:1/", Transport: "stdio"}, `endpoint 127.0.0.1:1: transport "stdio": want streamable-http or sse`},
		"no transport":  {runner.Endpoint{URL: "http://[::1]:1/"}, `endpoint [::1]:1: transport "": want streamable-http or sse`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := runner.Bridge(t.Context(), c.at, runner.Stdio{})
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := runner.Bridge(gone, runner.Endpoint{URL: "http://127.0.0.1:1/", Transport: "sse"}, runner.Stdio{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestBridgeToOddServers(t *testing.T) {
	other := newRemote(t, httptest.NewServer, http.NotFoundHandler())
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"login": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "status 401 Unauthorized"},
		"redirected": {func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, other.URL, http.StatusTemporaryRedirect)
		}, "redirect refused: it leads to another host"},
	} {
		for _, transport := range []string{runner.TransportStreamableHTTP, runner.TransportSSE} {
			t.Run(name+" "+transport, func(t *testing.T) {
				r := newRemote(t, httptest.NewServer, c.handle)
				b := newBridge(t, runner.Endpoint{URL: r.URL, Transport: transport})
				b.send(t, callLine)
				require.Contains(t, b.line(t), c.want)
				require.Len(t, r.seen(), 1)
				require.Empty(t, other.seen())
				require.NoError(t, b.stdin.Close())
				require.ErrorContains(t, b.wait(t), c.want)
			})
		}
	}
}

func TestServerBehindABridgeDies(t *testing.T) {
	const hello = `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2024-11-05"}}`
	for _, transport := range []string{runner.TransportStreamableHTTP, runner.TransportSSE} {
		t.Run(transport, func(t *testing.T) {
			called := make(chan struct{})
			r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				body, err := io.ReadAll(req.Body)
				switch sse := transport == runner.TransportSSE; {
				case err != nil:
				case req.Method == http.MethodGet && !sse:
					w.WriteHeader(http.StatusMethodNotAllowed)
				case req.Method == http.MethodGet:
					w.Header().Set("Content-Type", "text/event-stream")
					io.WriteString(w, olderEndpoint+message(hello)) // which is early, and right
					w.(http.Flusher).Flush()
					<-req.Context().Done()
				case strings.Contains(string(body), `"id":7`):
					close(called)
					<-req.Context().Done()
				case !sse:
					w.Header().Set("Content-Type", "application/json")
					io.WriteString(w, hello)
				}
			}))
			b := newBridge(t, runner.Endpoint{URL: r.URL, Transport: transport})
			b.send(t, initializeLine)
			require.Contains(t, b.line(t), `"result"`)
			b.send(t, callLine)
			<-called
			require.NoError(t, r.Listener.Close())
			r.CloseClientConnections()
			require.Contains(t, b.line(t), `"id":7,"error":{"code":-32000`, "what is under way is answered")
			b.send(t, strings.Replace(callLine, "7", "8", 1))
			answer := b.line(t)
			require.Contains(t, answer, `"id":8,"error":{"code":-32000`)
			// A request can fail before the end of the stream is seen.
			for transport == runner.TransportSSE && !strings.Contains(answer, "ended the stream") {
				b.send(t, strings.Replace(callLine, "7", "9", 1))
				answer = b.line(t)
			}
			require.NoError(t, b.stdin.Close())
			if err := b.wait(t); transport == runner.TransportSSE {
				require.ErrorContains(t, err, "ended the stream, and the session with it")
			} else {
				require.NoError(t, err) // each request stands for itself
			}
		})
	}
}

func TestServerBehindABridgeNeverAnswers(t *testing.T) {
	for _, transport := range []string{runner.TransportStreamableHTTP, runner.TransportSSE} {
		t.Run(transport, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, stdin := io.Pipe()
				silent := fakeRemote(func(req *http.Request) (*http.Response, error) {
					<-req.Context().Done()
					return nil, req.Context().Err()
				})
				server, err := runner.Bridge(t.Context(), runner.Endpoint{
					URL: "http://127.0.0.1:1/", Transport: transport, Client: &http.Client{Transport: silent}, Log: slog.New(slog.DiscardHandler),
				}, runner.Stdio{Stdin: in})
				require.NoError(t, err)
				sendLine(t, stdin, callLine)
				require.NoError(t, stdin.Close())
				began := time.Now()
				require.EqualError(t, server.Wait(), "remote server 127.0.0.1:1 answered nothing before the session ended")
				require.Equal(t, 5*time.Second, time.Since(began))
			})
		})
	}
}

// A server that starts listens some time after its container does.
func TestBridgeWaitsForTheStart(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, c := range map[string]struct {
		failure error
		listens time.Duration
		wait    time.Duration
		want    string // what the call is answered with
		took    time.Duration
	}{
		"refused":           {refused, 2 * time.Second, 0, `"result"`, 2 * time.Second},
		"reset by a proxy":  {syscall.ECONNRESET, 2 * time.Second, 0, `"result"`, 2 * time.Second},
		"closed by a proxy": {io.EOF, 2 * time.Second, 0, `"result"`, 2 * time.Second},
		"never":             {refused, time.Hour, 0, "connection refused", 30 * time.Second},
		"shorter":           {refused, time.Hour, time.Second, "connection refused", time.Second},
		"not at all":        {refused, time.Hour, -1, "connection refused", 0},
		"something else":    {errors.New("odd"), time.Hour, 0, "request failed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var after atomic.Int32
				starts := fakeRemote(func(req *http.Request) (*http.Response, error) {
					body, err := io.ReadAll(req.Body)
					if err != nil {
						return nil, err
					}
					if strings.Contains(string(body), `"id":8`) {
						after.Add(1)
						return nil, c.failure
					}
					if time.Since(began) < c.listens {
						return nil, c.failure
					}
					require.Contains(t, string(body), `"id":7`, "the body is whole")
					return response(200, "application/json", `{"jsonrpc":"2.0","id":7,"result":{}}`), nil
				})
				in, stdin := io.Pipe()
				stdout, out := io.Pipe()
				lines := bufio.NewScanner(stdout)
				server, err := runner.Bridge(t.Context(), runner.Endpoint{
					URL: "http://127.0.0.1:1/", Transport: runner.TransportStreamableHTTP, StartWait: c.wait,
					Client: &http.Client{Transport: starts}, Log: slog.New(slog.DiscardHandler),
				}, runner.Stdio{Stdin: in, Stdout: out})
				require.NoError(t, err)
				sendLine(t, stdin, callLine)
				require.True(t, lines.Scan())
				require.Contains(t, lines.Text(), c.want)
				require.Equal(t, c.took, time.Since(began))
				if strings.Contains(c.want, "result") {
					sendLine(t, stdin, strings.Replace(callLine, "7", "8", 1))
					require.True(t, lines.Scan())
					require.Contains(t, lines.Text(), `"id":8,"error"`)
					require.EqualValues(t, 1, after.Load(), "nothing is sent twice once the server has answered")
				}
				require.NoError(t, stdin.Close())
				if err := server.Wait(); strings.Contains(c.want, "result") {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, c.want)
				}
			})
		})
	}
}

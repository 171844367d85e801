package runner_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func sdkOlder(t *testing.T) *remote { return newOlder(t, sdkServer()) }

func newOlder(t *testing.T, server *mcp.Server) *remote {
	return newRemote(t, httptest.NewServer, mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return server }, nil))
}

func secretOlder(endpoint string) *runner.RunConfig {
	cfg := secretConfig(endpoint)
	cfg.Transport = runner.TransportSSE
	return cfg
}

// useAll drives sdkServer through what passes messages on: calls beside one that
// hangs until it is cancelled, a request of the server, a notification of its own.
func useAll(t *testing.T, transport mcp.Transport) *mcp.ClientSession {
	t.Helper()
	changed := make(chan struct{}, 1)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {
			select {
			case changed <- struct{}{}:
			default:
			}
		},
	})
	//lint:ignore SA1019 what older protocols have
	client.AddRoots(&mcp.Root{URI: "file:///root"})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	session, err := client.Connect(ctx, transport, nil)
	require.NoError(t, err)

	hung, stopHanging := context.WithCancel(ctx)
	hangs := make(chan error, 1)
	go func() {
		_, err := callTool(hung, session, "hang", "")
		hangs <- err
	}()
	text, err := callTool(ctx, session, "echo", "beside a call that hangs")
	require.NoError(t, err)
	require.Equal(t, "beside a call that hangs", text)
	stopHanging()
	require.ErrorIs(t, <-hangs, context.Canceled)

	text, err = callTool(ctx, session, "roots", "")
	require.NoError(t, err)
	require.Equal(t, "file:///root", text)
	// Again and again: a server may have its stream later than its session.
	require.Eventually(t, func() bool {
		if _, err := callTool(ctx, session, "grow", ""); err != nil {
			return false
		}
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}, 20*time.Second, 50*time.Millisecond, "no notification")
	return session
}

func TestOlderRemoteThroughStdio(t *testing.T) {
	countGate(t)
	r := sdkOlder(t)
	b := runRemote(t, secretOlder(r.URL+"/sse"), nil)
	session := useAll(t, &mcp.IOTransport{Reader: io.NopCloser(b.stdout), Writer: b.stdin})
	require.NoError(t, session.Close())
	require.NoError(t, b.wait(t))
	seen := r.seen()
	for i, req := range seen {
		require.Equal(t, secretValue, req.Header.Get("Authorization"))
		require.Equal(t, "plain", req.Header.Get("X-Plain"))
		require.Empty(t, req.Header.Get("Mcp-Session-Id"), "what the protocol says is not the config's to say")
		if i > 0 {
			require.Equal(t, http.MethodPost, req.Method)
		}
	}
	require.Equal(t, http.MethodGet, seen[0].Method)
}

func TestOlderRemoteThroughTheProxy(t *testing.T) {
	countGate(t)
	r := sdkOlder(t)
	_, url := newProxy(t, runner.ProxyOptions{
		Runner: runner.New(runner.Options{Secrets: secrets, StopGrace: time.Second}),
		Config: secretOlder(r.URL + "/sse"),
	})
	first, err := connect(t, url, nil)
	require.NoError(t, err)
	second, err := connect(t, url, nil)
	require.NoError(t, err)
	for _, session := range []*mcp.ClientSession{first, second} {
		text, err := callTool(t.Context(), session, "echo", "far")
		require.NoError(t, err)
		require.Equal(t, "far", text)
		require.NoError(t, session.Close())
	}
	streams := 0
	for _, req := range r.seen() {
		if req.Method == http.MethodGet {
			streams++
		}
	}
	require.Equal(t, 2, streams)
}

func TestDeniedOlderRemoteIsNotReached(t *testing.T) {
	_, answer := countGate(t)
	answer.Store(&denial{})
	r := sdkOlder(t)
	var denied *runner.BlockedError
	err := runner.New(runner.Options{Secrets: func(context.Context, string) (string, error) {
		t.Error("a secret was looked up")
		return "", nil
	}}).Run(t.Context(), secretOlder(r.URL+"/sse"), runner.Stdio{Stdin: strings.NewReader(initializeLine + "\n")})
	require.ErrorAs(t, err, &denied)
	require.Empty(t, r.seen())
}

// A server that speaks one transport only is not tried with the other, which
// policies were not told of.
func TestNeitherTransportStandsInForTheOther(t *testing.T) {
	countGate(t)
	for name, c := range map[string]struct {
		remote *remote
		change func(*runner.RunConfig)
		want   string
		method string
	}{
		"older":      {sdkOlder(t), func(*runner.RunConfig) {}, "if it speaks only the older HTTP+SSE transport, say --transport sse", http.MethodPost},
		"streamable": {sdkRemote(t), func(cfg *runner.RunConfig) { cfg.Transport = runner.TransportSSE }, "if it speaks streamable HTTP, leave --transport sse out", http.MethodGet},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := secretConfig(c.remote.URL + "/sse")
			c.change(cfg)
			b := runRemote(t, cfg, nil)
			b.send(t, initializeLine)
			require.Contains(t, b.line(t), c.want)
			require.NoError(t, b.stdin.Close())
			require.ErrorContains(t, b.wait(t), c.want)
			for _, req := range c.remote.seen() {
				require.Equal(t, c.method, req.Method)
			}
		})
	}
}

// Over a network: what a server sends is bounded, and its redirects stay with it.
func TestOlderServersOverANetwork(t *testing.T) {
	countGate(t)
	target := newRemote(t, httptest.NewServer, http.NotFoundHandler())
	for name, c := range map[string]struct {
		handle func(self *remote, w http.ResponseWriter, req *http.Request)
		want   string
	}{
		"endless header": {func(_ *remote, w http.ResponseWriter, _ *http.Request) {
			conn, buf, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			fmt.Fprint(buf, "HTTP/1.1 200 OK\r\n")
			for err == nil {
				_, err = fmt.Fprintf(buf, "X-More: %s\r\n", strings.Repeat("a", 1000))
			}
		}, "request failed"},
		"redirect to another host": {func(_ *remote, w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, target.URL+"/sse?key=hush", http.StatusTemporaryRedirect)
		}, "redirect refused: it leads to another host"},
		"redirect of the stream": {func(self *remote, w http.ResponseWriter, req *http.Request) {
			switch {
			case req.URL.Path == "/sse":
				http.Redirect(w, req, self.URL+"/there", http.StatusFound)
			case req.Method == http.MethodGet:
				w.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprint(w, "event: endpoint\ndata: messages\n\n"+message(`{"jsonrpc":"2.0","id":7,"result":{"soon":true}}`))
				_ = http.NewResponseController(w).Flush() // of a recorder it would fail, not here
				<-req.Context().Done()
			default:
				w.WriteHeader(http.StatusAccepted)
			}
		}, `"soon":true`},
	} {
		t.Run(name, func(t *testing.T) {
			var self *remote
			self = newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { c.handle(self, w, req) }))
			b := runRemote(t, secretOlder(self.URL+"/sse?key=hush"), nil)
			b.send(t, callLine)
			line := b.line(t)
			require.Contains(t, line, c.want)
			require.NotContains(t, line, "hush")
			require.Empty(t, target.seen())
		})
	}
}

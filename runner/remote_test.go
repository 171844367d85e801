package runner_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

const secretValue = "Bearer do-not-tell"

// remote is a remote server that keeps what it was asked.
type remote struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

func newRemote(t *testing.T, start func(http.Handler) *httptest.Server, h http.Handler) *remote {
	r := &remote{}
	r.Server = start(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.requests = append(r.requests, req)
		r.mu.Unlock()
		h.ServeHTTP(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *remote) seen() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

func sdkRemote(t *testing.T) *remote {
	server := sdkServer()
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	return newRemote(t, httptest.NewServer, h)
}

// bridge is a remote server that was set up, as its client sees it.
type bridge struct {
	stdin  *io.PipeWriter
	stdout *bufio.Reader
	ended  chan error
}

func (b *bridge) send(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		_, err := io.WriteString(b.stdin, line+"\n")
		require.NoError(t, err)
	}
}

func (b *bridge) line(t *testing.T) string {
	t.Helper()
	line, err := b.stdout.ReadString('\n')
	require.NoError(t, err)
	return line
}

func (b *bridge) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-b.ended:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the server did not end")
		return nil
	}
}

func secretConfig(endpoint string) *runner.RunConfig {
	cfg := remoteConfig()
	cfg.RemoteURL = endpoint
	cfg.HeaderForward = &runner.HeaderForward{
		AddPlaintextHeaders:  map[string]string{"X-Plain": "plain", "Mcp-Session-Id": "forged"},
		AddHeadersFromSecret: map[string]string{"Authorization": "TOKEN"},
	}
	return cfg
}

func secrets(_ context.Context, name string) (string, error) {
	if name != "TOKEN" {
		return "", errors.New("no such secret")
	}
	return secretValue, nil
}

// runRemote runs cfg with pipes until the test ends.
func runRemote(t *testing.T, cfg *runner.RunConfig, client *http.Client) *bridge {
	t.Helper()
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	b := &bridge{stdin: stdin, stdout: bufio.NewReader(stdout), ended: make(chan error, 1)}
	opts := runner.Options{Secrets: secrets}
	if client != nil {
		opts.Runtime = runner.NewRemoteRuntime(runner.RemoteOptions{Secrets: secrets, HTTPClient: client})
	}
	ctx, cancel := context.WithCancel(context.Background())
	joined := make(chan struct{})
	go func() {
		defer close(joined)
		b.ended <- runner.New(opts).Run(ctx, cfg, runner.Stdio{Stdin: in, Stdout: out})
	}()
	t.Cleanup(func() {
		require.NoError(t, stdin.Close())
		require.NoError(t, stdout.Close())
		cancel()
		<-joined
		require.Eventually(t, func() bool {
			return !slices.ContainsFunc(ours(), func(s string) bool { return strings.Contains(s, "remoteServer") })
		}, 10*time.Second, 10*time.Millisecond, "goroutines are left")
	})
	return b
}

const initializeLine = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

func TestRemoteThroughStdio(t *testing.T) {
	r := sdkRemote(t)
	b := runRemote(t, secretConfig(r.URL), nil)
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
	defer cancel()
	session, err := client.Connect(ctx, &mcp.IOTransport{Reader: io.NopCloser(b.stdout), Writer: b.stdin}, nil)
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
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(r.seen(), func(req *http.Request) bool { return req.Method == http.MethodGet })
	}, 10*time.Second, 10*time.Millisecond)
	// Again and again: a request was seen before the server has its stream.
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
	}, 20*time.Second, 50*time.Millisecond, "no notification over the GET stream")

	require.NoError(t, session.Close())
	require.NoError(t, b.wait(t))
	seen := r.seen()
	require.Equal(t, http.MethodDelete, seen[len(seen)-1].Method)
	for i, req := range seen {
		require.Equal(t, secretValue, req.Header.Get("Authorization"))
		require.Equal(t, "plain", req.Header.Get("X-Plain"))
		require.NotEqual(t, "forged", req.Header.Get("Mcp-Session-Id"))
		if i > 0 { // the first is initialize: server/discover is answered here
			require.Equal(t, "2025-11-25", req.Header.Get("Mcp-Protocol-Version"))
			require.NotEmpty(t, req.Header.Get("Mcp-Session-Id"))
		}
	}
}

func TestRemoteThroughTheProxy(t *testing.T) {
	countGate(t)
	r := sdkRemote(t)
	_, url := newProxy(t, runner.ProxyOptions{
		Runner: runner.New(runner.Options{Secrets: secrets, StopGrace: time.Second}),
		Config: secretConfig(r.URL),
	})
	session, err := connect(t, url, nil)
	require.NoError(t, err)
	text, err := callTool(t.Context(), session, "echo", "far")
	require.NoError(t, err)
	require.Equal(t, "far", text)
	require.NoError(t, session.Close())
	require.Eventually(t, func() bool {
		seen := r.seen()
		// Not the last: the request that opens the stream may be on its way still.
		return slices.ContainsFunc(seen, func(req *http.Request) bool { return req.Method == http.MethodDelete })
	}, 10*time.Second, 10*time.Millisecond)
}

func TestRedirects(t *testing.T) {
	countGate(t)
	target := newRemote(t, httptest.NewServer, http.NotFoundHandler())
	host := func(rawURL string) string {
		u, err := url.Parse(rawURL)
		require.NoError(t, err)
		return u.Host
	}
	for name, c := range map[string]struct {
		start    func(http.Handler) *httptest.Server
		status   int
		location func(self string) string
		want     string // "" where it is followed
	}{
		"other host":         {httptest.NewServer, 307, func(string) string { return target.URL + "/mcp?key=hush" }, "it leads to another host, " + host(target.URL)},
		"https to http":      {httptest.NewTLSServer, 307, func(self string) string { return "http://" + host(self) + "/x?key=hush" }, "it leads from https to http"},
		"same host":          {httptest.NewServer, 307, func(self string) string { return self + "/there" }, ""},
		"malformed":          {httptest.NewServer, 307, func(self string) string { return self + "/hush%zz" }, "its target is malformed"},
		"other scheme":       {httptest.NewServer, 307, func(self string) string { return "gopher://" + host(self) + "/hush" }, "it leads from http to gopher"},
		"POST becomes GET":   {httptest.NewServer, 302, func(self string) string { return self + "/there" }, "it would turn POST into GET"},
		"same host, forever": {httptest.NewServer, 308, func(self string) string { return self + "/again" }, "there were 10 already"},
	} {
		t.Run(name, func(t *testing.T) {
			var self *remote
			self = newRemote(t, c.start, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/there" {
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprint(w, `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}`)
					return
				}
				http.Redirect(w, req, c.location(self.URL), c.status)
			}))
			b := runRemote(t, secretConfig(self.URL+"/mcp?key=hush"), self.Client())
			b.send(t, initializeLine)
			line := b.line(t)
			if c.want == "" {
				require.Contains(t, line, `"result"`)
				seen := self.seen()
				require.Equal(t, secretValue, seen[len(seen)-1].Header.Get("Authorization"))
				return
			}
			require.Contains(t, line, `"code":-32000`)
			require.Contains(t, line, "redirect refused: "+c.want)
			require.NotContains(t, line, "hush")
			require.NotContains(t, line, secretValue)
			require.Empty(t, target.seen())
		})
	}
}

func TestFailedCallsOfARemote(t *testing.T) {
	countGate(t)
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
		want        []string
	}{
		"unauthorized":     {401, "text/plain", "token do-not-tell is bad", []string{`"id":7`, `"code":-32000`, "status 401"}},
		"server error":     {500, "text/plain", "trace", []string{`"code":-32000`, "status 500"}},
		"JSON-RPC error":   {400, "application/json", `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"bad params"}}`, []string{`"id":7`, "-32602", "bad params"}},
		"no answer":        {202, "", "", []string{`"code":-32000`, "did not answer"}},
		"page":             {200, "text/html", "<p>do-not-tell", []string{"did not answer"}},
		"no JSON":          {200, "application/json", "do-not-tell", []string{"no JSON-RPC message"}},
		"stream cut off":   {200, "text/event-stream", "data: {\"jsonrpc\":\n", []string{"stream ended before the answer"}},
		"event, no JSON":   {200, "text/event-stream", "data: do-not-tell\n\n", []string{"stream ended before the answer"}},
		"answer in stream": {200, "text/event-stream", ": hi\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\r\ndata: \"id\":7,\"result\":{\"ok\":1}}\r\n\r\n", []string{`"result":{"ok":1}`}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				body, err := io.ReadAll(req.Body)
				if err != nil {
					t.Error(err)
				}
				if strings.Contains(string(body), `"id":7`) {
					w.Header().Set("Content-Type", c.contentType)
					w.WriteHeader(c.status)
					fmt.Fprint(w, c.body)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"jsonrpc":"2.0","id":8,"result":{}}`)
			}))
			b := runRemote(t, secretConfig(r.URL), nil)
			b.send(t, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
			line := b.line(t)
			for _, want := range c.want {
				require.Contains(t, line, want)
			}
			require.NotContains(t, line, "do-not-tell")
			b.send(t, `{"jsonrpc":"2.0","id":8,"method":"tools/list"}`)
			require.Contains(t, b.line(t), `"id":8,"result"`, "the session goes on")
		})
	}
	t.Run("not reached", func(t *testing.T) {
		b := runRemote(t, secretConfig(strings.Replace(down.URL, "http://", "http://user:hush@", 1)+"/?key=hush"), nil)
		b.send(t, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
		line := b.line(t)
		require.Contains(t, line, "remote server 127.0.0.1:")
		require.Contains(t, line, "refused")
		require.NotContains(t, line, "hush")
	})
}

func TestRemoteThatForgetsTheSession(t *testing.T) {
	countGate(t)
	r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Mcp-Session-Id") != "" {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Mcp-Session-Id", "one")
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}`)
	}))
	b := runRemote(t, secretConfig(r.URL), nil)
	b.send(t, initializeLine)
	require.Contains(t, b.line(t), `"result"`)
	for id := 7; id < 10; id++ { // no request is lost, however late
		b.send(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, id), `{"jsonrpc":"2.0","method":"notifications/x"}`)
		line := b.line(t)
		require.Contains(t, line, fmt.Sprintf(`"id":%d,"error":{"code":-32000`, id))
		require.Contains(t, line, "remote server "+strings.TrimPrefix(r.URL, "http://")+" ended the session")
	}
	require.NoError(t, b.stdin.Close())
	require.ErrorContains(t, b.wait(t), "ended the session")
}

func TestBrokenStreamIsResumed(t *testing.T) {
	countGate(t)
	r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		switch {
		case req.Method == http.MethodPost:
			fmt.Fprint(w, "retry: 100\nid: 5\ndata:\n\n")
		case req.Header.Get("Last-Event-ID") == "5":
			fmt.Fprint(w, "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"late\":true}}\n\n")
		}
	}))
	b := runRemote(t, secretConfig(r.URL), nil)
	b.send(t, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
	require.Contains(t, b.line(t), `"late":true`)
}

func TestMessagesWaitForTheSession(t *testing.T) {
	countGate(t)
	r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.Contains(string(body), `"initialize"`):
			w.Header().Set("Mcp-Session-Id", "one")
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}`)
		case req.Method == http.MethodGet:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case strings.Contains(string(body), `"id":7`):
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":7,"result":{}}`)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	b := runRemote(t, secretConfig(r.URL), nil)
	b.send(t, initializeLine, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
	require.Contains(t, b.line(t), `"id":0`)
	require.Contains(t, b.line(t), `"id":7,"result"`)
	for i, req := range r.seen() {
		if i > 0 {
			require.Equal(t, "one", req.Header.Get("Mcp-Session-Id"))
			require.Equal(t, "2025-06-18", req.Header.Get("Mcp-Protocol-Version"))
		}
	}
}

func TestCancelledCallOfARemoteEnds(t *testing.T) {
	countGate(t)
	began, ended := make(chan struct{}), make(chan struct{})
	r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(body), `"id":7`) {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		close(began)
		<-req.Context().Done() // the client went away
		close(ended)
	}))
	b := runRemote(t, secretConfig(r.URL), nil)
	b.send(t, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
	<-began
	b.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the request of the call goes on")
	}
}

func TestEndOfInputWaitsForAnswers(t *testing.T) {
	countGate(t)
	release := make(chan struct{})
	r := newRemote(t, httptest.NewServer, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		<-release
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	}))
	b := runRemote(t, secretConfig(r.URL), nil)
	b.send(t, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
	require.NoError(t, b.stdin.Close())
	close(release)
	require.Contains(t, b.line(t), `"id":7,"result"`)
	require.NoError(t, b.wait(t))
}

func TestUserinfoBecomesAHeader(t *testing.T) {
	countGate(t)
	r := newRemote(t, httptest.NewServer, http.NotFoundHandler())
	for name, c := range map[string]struct {
		headers *runner.HeaderForward
		want    string
	}{
		"alone":       {nil, "Basic dXNlcjpodXNo"},
		"with header": {secretConfig("").HeaderForward, secretValue},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := secretConfig(strings.Replace(r.URL, "http://", "http://user:hush@", 1))
			cfg.HeaderForward = c.headers
			b := runRemote(t, cfg, nil)
			b.send(t, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
			require.Contains(t, b.line(t), "status 404")
			seen := r.seen()
			require.Equal(t, c.want, seen[len(seen)-1].Header.Get("Authorization"))
		})
	}
}

func TestRemoteSetupErrors(t *testing.T) {
	countGate(t)
	for name, c := range map[string]struct {
		change func(cfg *runner.RunConfig)
		want   string
	}{
		"secret is missing": {func(cfg *runner.RunConfig) { cfg.HeaderForward.AddHeadersFromSecret["X-Key"] = "OTHER" }, `header "X-Key": secret OTHER: no such secret`},
		"stdio":             {func(cfg *runner.RunConfig) { cfg.Transport = runner.TransportStdio }, "no transport stdio in this version"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := secretConfig("https://user:hush@mcp.example/?key=hush")
			c.change(cfg)
			err := runner.New(runner.Options{Secrets: secrets}).Run(t.Context(), cfg, runner.Stdio{})
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
	t.Run("value that is no header", func(t *testing.T) {
		r := runner.New(runner.Options{Secrets: func(context.Context, string) (string, error) { return "hush\n", nil }})
		err := r.Run(t.Context(), secretConfig("https://mcp.example/"), runner.Stdio{})
		require.ErrorContains(t, err, `header "Authorization"`)
		require.NotContains(t, err.Error(), "hush")
	})
}

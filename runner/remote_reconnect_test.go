package runner_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestStreamsAreNotOpenedInHaste(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		min, max int32
		last     string // Last-Event-ID
	}{
		"asks for haste":      {"retry: 1\n\n", 4, 8, ""},
		"asks for patience":   {"retry: 20000\n\n", 3, 4, ""},
		"says nothing":        {"", 4, 8, ""},
		"haste, with events":  {"retry: 1\nid: 5\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n", 50, 62, "5"},
		"ID with a control":   {"id: 5\ndata: 1\n\nid: a\x01b\ndata: 1\n\n", 50, 62, "5"},
		"ID that is too long": {"id: 5\ndata: 1\n\nid: " + strings.Repeat("a", 1025) + "\ndata: 1\n\n", 50, 62, "5"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var opened atomic.Int32
				var last atomic.Value
				server, stdin, _ := setupRemote(t, func(req *http.Request) (*http.Response, error) {
					if req.Method != http.MethodGet {
						return response(202, "", ""), nil
					}
					opened.Add(1)
					last.Store(req.Header.Get("Last-Event-ID"))
					return response(200, "text/event-stream", c.body), nil
				}, io.Discard)
				sendLine(t, stdin, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
				time.Sleep(time.Minute) // of the bubble
				require.GreaterOrEqual(t, opened.Load(), c.min)
				require.LessOrEqual(t, opened.Load(), c.max)
				require.Equal(t, c.last, last.Load())
				require.NoError(t, stdin.Close())
				require.NoError(t, server.Wait())
			})
		})
	}
}

func TestProxyOfTheEnvironment(t *testing.T) {
	countGate(t)
	proxy := newRemote(t, httptest.NewServer, http.NotFoundHandler())
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	for _, name := range []string{"http_proxy", "https_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD"} {
		t.Setenv(name, "")
	}
	for name, c := range map[string]struct {
		url     string
		headers *runner.HeaderForward
		want    []string // methods that the proxy sees
	}{
		"nothing secret": {"http://mcp.invalid/", nil, []string{http.MethodPost}},
		"header":         {"http://mcp.invalid/", secretConfig("").HeaderForward, nil},
		"userinfo":       {"http://user:hush@mcp.invalid/", nil, nil},
		"tunnel":         {"https://user:hush@mcp.invalid/", secretConfig("").HeaderForward, []string{http.MethodConnect}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(proxy.seen())
			cfg := secretConfig(c.url)
			cfg.HeaderForward = c.headers
			b := runRemote(t, cfg, nil)
			b.send(t, callLine)
			require.Contains(t, b.line(t), `"error"`)
			var methods []string
			for _, req := range proxy.seen()[before:] {
				methods = append(methods, req.Method)
				require.Empty(t, req.Header.Get("Authorization"))
			}
			require.Equal(t, c.want, methods)
		})
	}
}

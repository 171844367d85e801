package runner_test

import (
	"bufio"
	"context"
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

func olderConfig() *runner.RunConfig {
	cfg := remoteConfig()
	cfg.RemoteURL, cfg.Transport = "https://mcp.example/sse?key=hush", runner.TransportSSE
	return cfg
}

// fakeOlder is a server of the older transport without a network: stream is what
// its stream says, to which post, if any, adds what say is told.
func fakeOlder(stream string, post func(req *http.Request, body string, say func(string)) (*http.Response, error)) fakeRemote {
	var out atomic.Pointer[io.PipeWriter]
	return func(req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodGet {
			resp := response(200, "text/event-stream; charset=utf-8", "")
			body, w := io.Pipe()
			resp.Body = body
			out.Store(w)
			context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
			go io.WriteString(w, stream) // ends with the request
			return resp, nil
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		return post(req, string(body), func(event string) {
			if w := out.Load(); event == "" {
				w.CloseWithError(io.ErrUnexpectedEOF)
			} else {
				io.WriteString(w, event) // fails where the client went
			}
		})
	}
}

const olderEndpoint = "event: endpoint\ndata: /messages?session=1\n\n"

func message(text string) string { return "event: message\ndata: " + text + "\n\n" }

// Where messages are sent is the server's to say, within what policies were told.
func TestEndpointOfTheOlderTransport(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint string
		want     string // where messages go, or the error
		fine     bool
	}{
		"path":            {"/messages?session=1", "https://mcp.example/messages?session=1", true},
		"relative":        {"messages", "https://mcp.example/messages", true},
		"query":           {"?session=1", "https://mcp.example/sse?session=1", true},
		"absolute":        {"https://MCP.example:443/m#there", "https://mcp.example/m", true},
		"other host":      {"https://hush.example/m", "it leads to another host, hush.example", false},
		"without scheme":  {"//hush.example/m", "it leads to another host, hush.example", false},
		"other port":      {"https://mcp.example:8443/m", "it leads to another host, mcp.example:8443", false},
		"port of http":    {"https://mcp.example:80/m", "it leads to another host, mcp.example:80", false},
		"longer name":     {"https://mcp.example.hush.example/m", "it leads to another host, mcp.example.hush.example", false},
		"dot at the end":  {"https://mcp.example./m", "it leads to another host, mcp.example.", false},
		"plain":           {"http://mcp.example/m", "it leads from https to http", false},
		"plain, its port": {"http://mcp.example:443/m", "it leads from https to http", false},
		"user":            {"https://hush:hush@mcp.example/m", "it holds a user", false},
		"user, no scheme": {"//hush@mcp.example/m", "it holds a user", false},
		"file":            {"file:///etc/hush", "it is no URL with https", false},
		"opaque":          {"https:mcp.example/m", "it is no URL with https", false},
		"no URL":          {"https://mcp.example/%zz", "it is no URL", false},
		"control":         {"/m\x00", "it is no URL", false},
		"too long":        {"/" + strings.Repeat("a", 8<<10), "it is too long", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var to string
				stdout, out := io.Pipe()
				lines := bufio.NewScanner(stdout)
				server, stdin, log := setupConfig(t, olderConfig(), fakeOlder("event: endpoint\ndata: "+c.endpoint+"\n\n",
					func(req *http.Request, _ string, say func(string)) (*http.Response, error) {
						to = req.URL.String()
						say(message(`{"jsonrpc":"2.0","id":7,"result":{}}`))
						return response(202, "", ""), nil
					}), out)
				sendLine(t, stdin, callLine)
				require.True(t, lines.Scan())
				require.NoError(t, stdin.Close())
				if c.fine {
					require.Contains(t, lines.Text(), `"id":7,"result"`)
					require.Equal(t, c.want, to)
					require.NoError(t, server.Wait())
					return
				}
				require.Empty(t, to)
				require.Contains(t, lines.Text(), `"code":-32000`)
				want := "remote server mcp.example: endpoint for messages refused: " + c.want
				require.Contains(t, lines.Text(), want)
				require.EqualError(t, server.Wait(), want)
				require.NotContains(t, strings.ReplaceAll(lines.Text()+log.String(), "hush.example", ""), "hush")
			})
		})
	}
}

func TestStreamsThatDoNotOpen(t *testing.T) {
	giant := strings.Repeat("a", 1<<20)
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	for name, c := range map[string]struct {
		status int
		kind   string
		body   func() io.Reader // nil is silence
		want   string
		after  time.Duration
	}{
		"no event":          {200, "text/event-stream", text(""), "stream ended before it said where messages are sent: connection closed", 0},
		"cut off":           {200, "text/event-stream", text("event: endpoint\ndata: /m\n"), "stream ended before it said where messages are sent: connection closed", 0},
		"another event":     {200, "text/event-stream", text(message(`{}`) + olderEndpoint), "stream does not begin with where messages are sent", 0},
		"silence":           {200, "text/event-stream", nil, "does not say within 30s where messages are sent", 30 * time.Second},
		"comments for ever": {200, "text/event-stream", func() io.Reader { return &forever{": hi\n\n", time.Second} }, "does not say within 30s where messages are sent", 30 * time.Second},
		"endless line":      {200, "text/event-stream", func() io.Reader { return &forever{giant, 0} }, "message is too long", 0},
		"endless event":     {200, "text/event-stream", func() io.Reader { return &forever{"data: " + giant + "\n", 0} }, "message is too long", 0},
		"page":              {200, "text/html", text("<p>hush"), "offers no stream of events there", 0},
		"not allowed":       {405, "", text("hush"), "answered with status 405 Method Not Allowed; if it speaks streamable HTTP, leave --transport sse out", 0},
		"unauthorized":      {401, "", text("hush"), "answered with status 401 Unauthorized", 0},
		"redirect":          {302, "", text(""), "it leads to another host, hush.example", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stdout, out := io.Pipe()
				lines := bufio.NewScanner(stdout)
				var opened atomic.Int32
				server, stdin, log := setupConfig(t, olderConfig(), func(req *http.Request) (*http.Response, error) {
					require.Equal(t, http.MethodGet, req.Method)
					require.Equal(t, "mcp.example", req.URL.Host)
					require.Equal(t, "text/event-stream", req.Header.Get("Accept"))
					opened.Add(1)
					resp := response(c.status, c.kind, "")
					resp.Header.Set("Location", "https://hush.example/sse?key=hush")
					body, w := io.Pipe()
					resp.Body = body
					context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
					if c.body != nil {
						go func() {
							_, err := io.Copy(w, c.body())
							w.CloseWithError(err)
						}()
					}
					return resp, nil
				}, out)
				began := time.Now()
				sendLine(t, stdin, callLine)
				require.True(t, lines.Scan())
				require.Equal(t, c.after, time.Since(began))
				require.Contains(t, lines.Text(), `"id":7,"error":{"code":-32000`)
				require.Contains(t, lines.Text(), c.want)
				sendLine(t, stdin, strings.Replace(callLine, "7", "8", 1))
				require.True(t, lines.Scan())
				require.Contains(t, lines.Text(), `"id":8,"error"`, "the session goes on")
				require.EqualValues(t, 2, opened.Load())
				require.NoError(t, stdin.Close())
				require.ErrorContains(t, server.Wait(), c.want)
				require.NotContains(t, strings.ReplaceAll(log.String(), "hush.example", ""), "hush")
				require.Equal(t, 1, strings.Count(log.String(), "level=WARN"), log.String())
				time.Sleep(time.Minute) // of the bubble: whoever speaks for ever finds nobody
			})
		})
	}
}

// forever says the same again and again.
type forever struct {
	text  string
	pause time.Duration
}

func (f *forever) Read(p []byte) (int, error) {
	time.Sleep(f.pause) // of the bubble
	return copy(p, f.text), nil
}

func TestFailedCallsOverTheOlderTransport(t *testing.T) {
	for name, c := range map[string]struct {
		status   int
		location string
		body     string
		want     string
	}{
		"not found":      {404, "", "hush", `"code":-32000,"message":"remote server mcp.example answered with status 404 Not Found"`},
		"server error":   {500, "", "hush", "status 500"},
		"JSON-RPC error": {400, "", `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"bad params"}}`, "-32602"},
		"other host":     {307, "https://hush.example/m", "", "redirect refused: it leads to another host, hush.example"},
		"GET":            {303, "/m", "", "redirect refused: it would turn POST into GET"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stdout, out := io.Pipe()
				lines := bufio.NewScanner(stdout)
				server, stdin, _ := setupConfig(t, olderConfig(), fakeOlder(olderEndpoint, func(_ *http.Request, body string, say func(string)) (*http.Response, error) {
					if strings.Contains(body, `"id":8`) {
						say(message(`{"jsonrpc":"2.0","id":6,"result":{"nobody":"asked"}}`))
						say(message(`hush`))
						say("event: endpoint\ndata: /elsewhere\n\n")
						say("event: ping\ndata: {}\n\n")
						say(message(`{"jsonrpc":"2.0","id":8,"result":{}}`))
						return response(200, "text/plain", "Accepted"), nil
					}
					resp := response(c.status, "application/json", c.body)
					resp.Header.Set("Location", c.location)
					return resp, nil
				}), out)
				sendLine(t, stdin, callLine)
				require.True(t, lines.Scan())
				require.Contains(t, lines.Text(), `"id":7,"error"`)
				require.Contains(t, lines.Text(), c.want)
				require.NotContains(t, strings.ReplaceAll(lines.Text(), "hush.example", ""), "hush")
				sendLine(t, stdin, strings.Replace(callLine, "7", "8", 1))
				require.True(t, lines.Scan())
				require.Contains(t, lines.Text(), `"id":8,"result"`, "the session goes on")
				require.NoError(t, stdin.Close())
				require.NoError(t, server.Wait())
			})
		})
	}
}

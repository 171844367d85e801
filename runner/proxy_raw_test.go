package runner_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

const rawInitialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}`

func newRequest(t *testing.T, method, url, session, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("Content-Type", "application/json")
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
	}
	return req
}

// rawPost returns status, body, and the ID of a session that began.
func rawPost(t *testing.T, url, session, body string) (int, string, string) {
	t.Helper()
	return roundTrip(t, newRequest(t, http.MethodPost, url, session, body))
}

func roundTrip(t *testing.T, req *http.Request) (int, string, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data), resp.Header.Get("Mcp-Session-Id")
}

func TestAnyMethodPasses(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	status, body, id := rawPost(t, url, "", rawInitialize)
	require.Equal(t, 200, status, body)
	require.NotEmpty(t, id)
	for name, c := range map[string]struct {
		body   string
		status int
		want   []string
	}{
		"unknown method":       {`{"jsonrpc":"2.0","id":"a","method":"x/y"}`, 200, []string{`"id":"a"`, `"method":"x/y"`}},
		"known, no params":     {`{"jsonrpc":"2.0","id":2,"method":"tools/call"}`, 200, []string{`"method":"tools/call"`}},
		"unknown notification": {`{"jsonrpc":"2.0","method":"x/z"}`, 202, nil},
		"answer":               {`{"jsonrpc":"2.0","id":9,"result":{}}`, 202, nil},
		"batch":                {`[{"jsonrpc":"2.0","id":3,"method":"b/1"},{"jsonrpc":"2.0","id":4,"method":"b/2"}]`, 200, []string{"b/1", "b/2"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, body, _ := rawPost(t, url, id, c.body)
			require.Equal(t, c.status, status, body)
			for _, want := range c.want {
				require.Contains(t, body, want)
			}
		})
	}
}

func TestCancelledCallDoesNotHang(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	_, _, id := rawPost(t, url, "", rawInitialize)
	req := newRequest(t, http.MethodPost, url, id, `{"jsonrpc":"2.0","id":"slow","method":"silence"}`)
	answer := make(chan string, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		answer <- fmt.Sprint(string(data), err)
	}()
	require.Eventually(t, func() bool {
		// The cancellation may overtake the call, which then is not pending yet.
		status, _, _ := rawPost(t, url, id, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"slow"}}`)
		require.Equal(t, 202, status)
		select {
		case text := <-answer:
			require.Contains(t, text, "request cancelled")
			return true
		default:
			return false
		}
	}, 10*time.Second, 20*time.Millisecond)
}

func TestEarlyMessagesOfTheServerAreKept(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	_, _, id := rawPost(t, url, "", rawInitialize) // after two notifications
	read := func() *bufio.Scanner {
		resp, err := http.DefaultClient.Do(newRequest(t, http.MethodGet, url, id, ""))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, resp.Body.Close()) })
		require.Equal(t, 200, resp.StatusCode)
		return bufio.NewScanner(resp.Body)
	}
	var data []string
	for lines := read(); len(data) < 2 && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			data = append(data, text)
		}
	}
	require.Len(t, data, 2)
	require.Contains(t, data[0], `{"n":0}`)
	require.Contains(t, data[1], `{"n":1}`)

	status, body, _ := roundTrip(t, newRequest(t, http.MethodGet, url, id, ""))
	require.Equal(t, 409, status, body) // one stream at a time
}

func TestRequestsWithoutSession(t *testing.T) {
	asked, _ := countGate(t)
	proxy, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	discover := `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`
	for name, c := range map[string]struct {
		method, body string
		header       map[string]string
		status       int
		want         string
	}{
		"call":             {body: `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`, status: 400, want: `"id":7,"error":{"code":-32600`},
		"notification":     {body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`, status: 400, want: `"id":null`},
		"initialize twice": {body: "[" + rawInitialize + "," + rawInitialize + "]", status: 400, want: "-32600"},
		"initialize, batch of one, newer": {body: "[" + rawInitialize + "]", header: map[string]string{"Mcp-Protocol-Version": "2025-06-18"},
			status: 400, want: "batches"},
		"initialize as notification": {body: `{"jsonrpc":"2.0","method":"initialize"}`, status: 400, want: "-32600"},
		"discover":                   {body: discover, status: 400, want: `"requested":"2026-07-28"`},
		"discover, no version":       {body: `{"jsonrpc":"2.0","id":1,"method":"server/discover"}`, status: 400, want: "-32022"},
		"newer version":              {body: rawInitialize, header: map[string]string{"Mcp-Protocol-Version": "2026-07-28"}, status: 400, want: "-32022"},
		"unknown version":            {body: rawInitialize, header: map[string]string{"Mcp-Protocol-Version": "1999-01-01"}, status: 400, want: "unsupported protocol version"},
		"unknown session":            {body: rawInitialize, header: map[string]string{"Mcp-Session-Id": "x"}, status: 404, want: "session not found"},
		"Last-Event-ID":              {body: rawInitialize, header: map[string]string{"Last-Event-ID": "a_1"}, status: 400, want: "Last-Event-ID"},
		"deep":                       {body: `{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`, status: 400, want: "malformed"},
		"number that would change":   {body: `{"jsonrpc":"2.0","id":9007199254740993,"method":"initialize"}`, status: 400, want: "id must be"},
		"not JSON":                   {body: `{`, status: 400, want: "malformed"},
		"two values":                 {body: rawInitialize + rawInitialize, status: 400, want: "malformed"},
		"empty batch":                {body: `[]`, status: 400, want: "malformed"},
		"too large":                  {body: `"` + strings.Repeat("x", 5<<20) + `"`, status: 413, want: "exceeds"},
		"content type":               {body: rawInitialize, header: map[string]string{"Content-Type": "text/plain"}, status: 415, want: "Content-Type"},
		"accept":                     {body: rawInitialize, header: map[string]string{"Accept": "application/json"}, status: 406, want: "Accept"},
		"GET":                        {method: http.MethodGet, status: 400, want: "Mcp-Session-Id"},
		"DELETE":                     {method: http.MethodDelete, status: 400, want: "Mcp-Session-Id"},
		"DELETE unknown":             {method: http.MethodDelete, header: map[string]string{"Mcp-Session-Id": "x"}, status: 404, want: "session not found"},
		"PUT":                        {method: http.MethodPut, body: rawInitialize, status: 405, want: "not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.method == "" {
				c.method = http.MethodPost
			}
			req := newRequest(t, c.method, url, "", c.body)
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			status, body, id := roundTrip(t, req)
			require.Equal(t, c.status, status, body)
			require.Contains(t, body, c.want)
			require.Empty(t, id)
		})
	}
	require.NoError(t, proxy.Close(t.Context())) // waits for what there is
	require.Zero(t, asked.Load(), "nothing of this creates a server")
}

func TestSessionsAreBounded(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw"), MaxSessions: 1})
	_, _, id := rawPost(t, url, "", rawInitialize)
	require.NotEmpty(t, id)
	listen(t, url, id) // so that it is not idle
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, "", rawInitialize))
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 503, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	require.Contains(t, string(data), `"id":1,"error":{"code":-32000`)

	status, _, _ := roundTrip(t, newRequest(t, http.MethodDelete, url, id, ""))
	require.Equal(t, 204, status)
	require.Eventually(t, func() bool {
		status, _, _ := rawPost(t, url, "", rawInitialize)
		return status == 200
	}, 10*time.Second, 20*time.Millisecond, "the place is free again")
}

func TestSessionThatNobodyKnowsEnds(t *testing.T) {
	asked, _ := countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "deaf"), MaxSessions: 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, "", rawInitialize).WithContext(ctx))
		if err == nil {
			_ = resp.Body.Close() // not expected, and the next check fails
		}
	}()
	full := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, "", rawInitialize).WithContext(ctx))
		if err != nil {
			return false // under way: there was a place
		}
		defer resp.Body.Close()
		return resp.StatusCode == 503
	}
	require.Eventually(t, func() bool { return asked.Load() == 1 }, 10*time.Second, 10*time.Millisecond)
	require.True(t, full())
	cancel() // before the session's ID was sent
	<-gone
	require.Eventually(t, func() bool { return !full() }, 10*time.Second, 10*time.Millisecond)
}

func TestDeleteClosesTheServersInput(t *testing.T) {
	countGate(t)
	file := filepath.Join(t.TempDir(), "tidy")
	cfg := mcpConfig(t, "tidy")
	cfg.EnvVars[fileVariable] = file
	_, url := newProxy(t, runner.ProxyOptions{Runner: runner.New(runner.Options{}), Config: cfg})
	_, _, id := rawPost(t, url, "", rawInitialize)
	status, _, _ := roundTrip(t, newRequest(t, http.MethodDelete, url, id, ""))
	require.Equal(t, 204, status)
	require.Eventually(t, func() bool {
		_, err := os.Stat(file)
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	status, _, _ = rawPost(t, url, id, rawInitialize)
	require.Equal(t, 404, status)
}

func TestSessionThatDidNotBeginHasNoID(t *testing.T) {
	_, answer := countGate(t)
	answer.Store(&denial{"no"})
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "raw")})
	status, body, id := rawPost(t, url, "", rawInitialize)
	require.Equal(t, 200, status)
	require.Contains(t, body, `"code":-32000`)
	require.Empty(t, id)
}

func TestServerThatDoesNotReadHoldsUpNobody(t *testing.T) {
	countGate(t)
	_, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "deaf")})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	big := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"x":%q}}`, strings.Repeat("x", 1<<20))
	for range 2 {
		go func() {
			resp, err := http.DefaultClient.Do(newRequest(t, http.MethodPost, url, "", big).WithContext(ctx))
			if err == nil {
				_ = resp.Body.Close() // answered when the session ends
			}
		}()
	}
	status, body, _ := rawPost(t, url, "", `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`)
	require.Equal(t, 400, status, body)
	// A client that goes away before its session has an ID ends it.
	cancel()
}

func TestClientThatDoesNotReadHoldsUpNobody(t *testing.T) {
	countGate(t)
	proxy, url := newProxy(t, runner.ProxyOptions{Config: mcpConfig(t, "flood")})
	_, _, id := rawPost(t, url, "", rawInitialize)
	// net/http reads ahead, but not for ever.
	resp, err := http.DefaultClient.Do(newRequest(t, http.MethodGet, url, id, ""))
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.CopyN(io.Discard, resp.Body, 1<<20)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second) // less than a write may take
	defer cancel()
	require.NoError(t, proxy.Close(ctx))
}

func TestHostAndOrigin(t *testing.T) {
	countGate(t)
	const lan = "mcp.example:8080"
	for name, c := range map[string]struct {
		listen  string
		allowed []string
		local   string // address that the connection came in on
		host    string
		origin  []string
		ok      bool
	}{
		"local client":             {host: "127.0.0.1:80", ok: true},
		"localhost":                {host: "localhost:80", ok: true},
		"IPv6":                     {listen: "::1", host: "[::1]:80", ok: true},
		"rebound name":             {host: "evil.example:80"},
		"name like localhost":      {host: "localhost.evil.example"},
		"no host":                  {host: ""},
		"local page":               {host: "localhost:80", origin: []string{"http://localhost:6274"}, ok: true},
		"local page, IPv6":         {host: "localhost:80", origin: []string{"http://[::1]:6274"}, ok: true},
		"app, not a page":          {host: "localhost:80", origin: []string{"tauri://localhost"}},
		"app, allowed":             {allowed: []string{"tauri://localhost"}, host: "localhost:80", origin: []string{"tauri://localhost"}, ok: true},
		"other page":               {host: "localhost:80", origin: []string{"https://evil.example"}},
		"page like localhost":      {host: "localhost:80", origin: []string{"http://localhost.evil.example"}},
		"user that looks local":    {host: "localhost:80", origin: []string{"http://localhost@evil.example"}},
		"sandboxed page":           {host: "localhost:80", origin: []string{"null"}},
		"empty origin":             {host: "localhost:80", origin: []string{""}},
		"two origins":              {host: "localhost:80", origin: []string{"http://localhost", "http://localhost"}},
		"allowed page":             {allowed: []string{"https://App.example:443/"}, host: "localhost:80", origin: []string{"https://app.example"}, ok: true},
		"other port":               {allowed: []string{"https://app.example"}, host: "localhost:80", origin: []string{"https://app.example:8443"}},
		"other scheme":             {allowed: []string{"https://app.example"}, host: "localhost:80", origin: []string{"http://app.example"}},
		"local page, list given":   {allowed: []string{"https://app.example"}, host: "localhost:80", origin: []string{"http://localhost"}},
		"star is no origin":        {allowed: []string{"*"}, host: "localhost:80", origin: []string{"https://app.example"}},
		"star is not empty":        {allowed: []string{"*"}, host: "localhost:80", origin: []string{"http://localhost"}},
		"null is not allowed":      {allowed: []string{"null"}, host: "localhost:80", origin: []string{"null"}},
		"lan client":               {listen: "0.0.0.0", local: "192.0.2.1:80", host: lan, ok: true},
		"lan, over loopback":       {listen: "0.0.0.0", local: "127.0.0.1:80", host: lan},
		"lan, page":                {listen: "0.0.0.0", local: "192.0.2.1:80", host: lan, origin: []string{"http://" + lan}},
		"lan, local page":          {listen: "0.0.0.0", local: "192.0.2.1:80", host: lan, origin: []string{"http://localhost"}},
		"lan, allowed page":        {listen: "0.0.0.0", allowed: []string{"http://app.example"}, local: "192.0.2.1:80", host: lan, origin: []string{"http://app.example"}, ok: true},
		"loopback, allowed, other": {allowed: []string{"https://app.example"}, host: "app.example", origin: []string{"https://app.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := mcpConfig(t, "raw")
			cfg.Host, cfg.AllowedOrigins = c.listen, c.allowed
			proxy := runner.NewProxy(runner.ProxyOptions{Runner: runner.New(runner.Options{}), Config: cfg})
			serve := func(method string) *httptest.ResponseRecorder {
				req := newRequest(t, method, "http://placeholder/", "", `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
				req.Host = c.host
				for _, o := range c.origin {
					req.Header.Add("Origin", o)
				}
				if c.local != "" {
					addr, err := net.ResolveTCPAddr("tcp", c.local)
					require.NoError(t, err)
					req = req.WithContext(context.WithValue(req.Context(), http.LocalAddrContextKey, addr))
				}
				w := httptest.NewRecorder()
				proxy.ServeHTTP(w, req)
				return w
			}
			post, preflight := serve(http.MethodPost), serve(http.MethodOptions)
			if !c.ok {
				require.Equal(t, 403, post.Code)
				require.Equal(t, 403, preflight.Code)
				require.Empty(t, preflight.Header().Get("Access-Control-Allow-Origin"))
				return
			}
			require.Equal(t, 400, post.Code, "served: there is no session")
			require.Equal(t, 204, preflight.Code)
			if len(c.origin) > 0 {
				require.Equal(t, c.origin[0], post.Header().Get("Access-Control-Allow-Origin"))
				require.Equal(t, "Mcp-Session-Id", post.Header().Get("Access-Control-Expose-Headers"))
				require.Contains(t, preflight.Header().Get("Access-Control-Allow-Headers"), "Mcp-Session-Id")
				require.Contains(t, preflight.Header().Get("Access-Control-Allow-Methods"), "DELETE")
			} else {
				require.Empty(t, post.Header().Get("Access-Control-Allow-Origin"))
			}
		})
	}
}

package runner_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// TestGuard sends requests as they come in over an address of this machine.
func TestGuard(t *testing.T) {
	t.Parallel()
	guarded := runner.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for name, c := range map[string]struct {
		local, host, origin string
		want                int
	}{
		"a program here":                {local: "127.0.0.1:9464", host: "127.0.0.1:9464", want: http.StatusNoContent},
		"by name":                       {local: "127.0.0.1:9464", host: "localhost:9464", want: http.StatusNoContent},
		"over IPv6":                     {local: "[::1]:9464", host: "[::1]:9464", want: http.StatusNoContent},
		"a name that was rebound":       {local: "127.0.0.1:9464", host: "evil.example:9464", want: http.StatusForbidden},
		"a name that was rebound, IPv6": {local: "[::1]:9464", host: "evil.example", want: http.StatusForbidden},
		"no host":                       {local: "127.0.0.1:9464", want: http.StatusForbidden},
		"from another machine":          {local: "10.0.0.7:9464", host: "runner.internal:9464", want: http.StatusNoContent},
		"a page":                        {local: "127.0.0.1:9464", host: "127.0.0.1:9464", origin: "https://evil.example", want: http.StatusForbidden},
		"a page of this machine":        {local: "127.0.0.1:9464", host: "127.0.0.1:9464", origin: "http://localhost:3000", want: http.StatusForbidden},
		"a sandboxed page":              {local: "127.0.0.1:9464", host: "127.0.0.1:9464", origin: "null", want: http.StatusForbidden},
		"a page, from another machine":  {local: "10.0.0.7:9464", host: "runner.internal", origin: "https://evil.example", want: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, err := net.ResolveTCPAddr("tcp", c.local)
			require.NoError(t, err)
			req := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, addr), http.MethodGet, "/metrics", nil)
			req.Host = c.host
			if c.origin != "" {
				req.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			guarded.ServeHTTP(w, req)
			require.Equal(t, c.want, w.Code)
			require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
		})
	}
}

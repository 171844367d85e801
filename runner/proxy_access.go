package runner

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// What a browser-based client may send and read, once its origin is allowed.
const (
	corsMethods = "GET, POST, DELETE"
	corsHeaders = "Accept, Authorization, Content-Type, Last-Event-ID, Mcp-Method, Mcp-Name, Mcp-Protocol-Version, Mcp-Session-Id"
	corsExposed = "Mcp-Session-Id"
)

// access decides which requests are answered at all. The MCP specification
// demands it: a web page must not reach a local server, neither directly
// (Origin) nor by a name of its own that resolves to this machine (Host).
type access struct {
	loopback bool
	origins  map[string]bool
}

func newAccess(cfg *RunConfig, log *slog.Logger) access {
	a := access{loopback: cfg.Host == "" || loopbackHost(cfg.Host), origins: make(map[string]bool)}
	for _, o := range cfg.AllowedOrigins {
		origin, ok := CanonicalOrigin(o)
		if !ok {
			// "*" is no origin either: it would let every web page in.
			log.Warn("allowed origin is not scheme://host[:port] and allows nothing", "origin", o)
		}
		a.origins[origin] = ok
	}
	return a
}

// admit answers requests that are refused, and preflights; it reports whether
// the request is to be served.
func (a access) admit(w http.ResponseWriter, req *http.Request) bool {
	// A connection that came in over loopback is judged as such wherever else
	// the endpoint listens.
	if (a.loopback || loopbackConn(req)) && !loopbackHost(req.Host) {
		http.Error(w, "forbidden: the Host header is not a loopback address", http.StatusForbidden)
		return false
	}
	origins := req.Header.Values("Origin")
	if len(origins) > 0 {
		w.Header().Add("Vary", "Origin")
		if len(origins) > 1 || !a.allowed(origins[0]) {
			http.Error(w, "forbidden: the Origin is not allowed", http.StatusForbidden)
			return false
		}
		w.Header().Set("Access-Control-Allow-Origin", origins[0])
		w.Header().Set("Access-Control-Expose-Headers", corsExposed)
	}
	if req.Method != http.MethodOptions {
		return true
	}
	if len(origins) > 0 {
		w.Header().Set("Access-Control-Allow-Methods", corsMethods)
		w.Header().Set("Access-Control-Allow-Headers", corsHeaders)
		w.Header().Set("Access-Control-Max-Age", "600")
	}
	w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
	return false
}

// Guard returns a handler that passes on to next what a program asks, and refuses
// what a web page could have sent: requests that came in over loopback under a
// name that is none (DNS rebinding), and requests with an Origin. It is for an
// endpoint beside that of a server, which no page reads.
func Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case loopbackConn(req) && !loopbackHost(req.Host):
			http.Error(w, "forbidden: the Host header is not a loopback address", http.StatusForbidden)
		case len(req.Header.Values("Origin")) > 0:
			http.Error(w, "forbidden: this is not for web pages", http.StatusForbidden)
		default:
			next.ServeHTTP(w, req)
		}
	})
}

func (a access) allowed(value string) bool {
	origin, ok := CanonicalOrigin(value)
	if !ok {
		return false
	}
	if len(a.origins) > 0 {
		return a.origins[origin]
	}
	// Only a page has an address that was reached: apps choose theirs freely.
	u, err := url.Parse(origin)
	return err == nil && a.loopback && (u.Scheme == "http" || u.Scheme == "https") && loopbackHost(u.Host)
}

// CanonicalOrigin returns an origin in the form that compares equal. "null",
// which sandboxed pages of any site send, is no origin.
func CanonicalOrigin(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	return u.Scheme + "://" + hostPort(u), true
}

// hostPort returns host:port in lower case, without the scheme's own port.
func hostPort(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		port = ""
	}
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// loopbackHost reports whether a host, with or without port, is a loopback
// address by its name alone; nothing is looked up.
func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func loopbackConn(req *http.Request) bool {
	addr, ok := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && addr != nil && loopbackHost(addr.String())
}

package runner

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// ProxyOptions configure a Proxy.
type ProxyOptions struct {
	// Runner runs the server of each session; it is required.
	Runner *Runner
	// Config says which server to run and, in Host and AllowedOrigins, which
	// requests to answer; it is required. NewProxy takes a copy.
	Config *RunConfig
	// MaxSessions bounds the sessions, and so the servers, that run at once.
	// Zero means 64.
	MaxSessions int
	// IdleTimeout ends a session that has had no request under way for so long.
	// Zero means 30 minutes.
	IdleTimeout time.Duration
	// MaxBodyBytes bounds the body of one request. Zero means 4 MiB.
	MaxBodyBytes int64
	// Stderr is where the servers' error output goes. Nil means os.Stderr.
	Stderr io.Writer
	// Log is where the proxy logs. Nil means slog.Default().
	Log *slog.Logger
}

// Proxy is the HTTP handler of one MCP endpoint, in the streamable HTTP
// transport of the MCP specification up to protocol version 2025-11-25. Each
// client session is one Runner.Run: a server of its own, and one question to
// the policy gate.
//
// What a server sends that answers no request of the client goes to the stream
// that the client opened with GET, and waits for it where there is none yet. A
// stream that broke is not resumed. Clients of newer protocol versions, which
// know no sessions, are told to fall back to an older one; no server is started
// and the gate is not asked for that.
//
// Against DNS rebinding and other web pages, requests are answered only where
// Host is a loopback name (if the endpoint is loopback) and Origin, if any, is
// one of the config's AllowedOrigins; where that is empty, a loopback endpoint
// takes loopback origins and any other takes none.
//
// The http.Server around a Proxy should set ReadHeaderTimeout, and no
// ReadTimeout or WriteTimeout: streams stay open.
type Proxy struct {
	opts   ProxyOptions
	log    *slog.Logger
	access access

	mu       sync.Mutex
	closed   bool
	sessions map[string]*session   // those that take requests, by ID
	running  map[*session]struct{} // those, and those that are ending
}

// NewProxy returns a Proxy. It starts nothing; Close ends what its sessions
// started.
func NewProxy(opts ProxyOptions) *Proxy {
	opts.Config = opts.Config.Clone()
	opts.MaxSessions = cmp.Or(opts.MaxSessions, 64)
	opts.IdleTimeout = cmp.Or(opts.IdleTimeout, 30*time.Minute)
	opts.MaxBodyBytes = cmp.Or(opts.MaxBodyBytes, 4<<20)
	opts.Log = cmp.Or(opts.Log, slog.Default())
	if opts.Stderr == nil {
		opts.Stderr = os.Stderr
	}
	return &Proxy{
		opts:     opts,
		log:      opts.Log.With("server", opts.Config.Name),
		access:   newAccess(opts.Config, opts.Log),
		sessions: make(map[string]*session),
		running:  make(map[*session]struct{}),
	}
}

// ServeHTTP answers one request of a client.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !p.access.admit(w, req) {
		return
	}
	switch req.Method {
	case http.MethodPost:
		p.servePOST(w, req)
	case http.MethodGet:
		p.serveGET(w, req)
	case http.MethodDelete:
		p.serveDELETE(w, req)
	default:
		w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// Close takes no new session, ends all that run and waits until their servers
// are gone. When ctx is done it no longer waits for them to end by themselves,
// has them killed, and returns an error.
func (p *Proxy) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	ending := make([]*session, 0, len(p.running))
	for s := range p.running {
		ending = append(ending, s)
	}
	p.mu.Unlock()

	for _, s := range ending {
		s.end()
	}
	for _, s := range ending {
		select {
		case <-s.done:
		case <-ctx.Done():
			for _, s := range ending {
				s.cancel()
			}
			return fmt.Errorf("sessions of %s still ending: %w", p.opts.Config.Name, ctx.Err())
		}
	}
	return nil
}

// add registers a session, or says why not.
func (p *Proxy) add(s *session) (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.running) >= p.opts.MaxSessions {
		return false
	}
	p.sessions[s.id] = s
	p.running[s] = struct{}{}
	return true
}

// enter finds a session and counts the request in; nil means there is no such
// session. The caller calls leave of the session's visit when it is done.
func (p *Proxy) enter(req *http.Request, id string) (*session, *visit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	if s == nil {
		return nil, nil
	}
	return s, s.enter(req)
}

// retire makes the session unknown to new requests. Requests that entered it
// before are still served.
func (p *Proxy) retire(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, s.id)
}

// remove gives the session's place to another one.
func (p *Proxy) remove(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, s)
}

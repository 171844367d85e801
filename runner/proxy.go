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
	// MaxSessions bounds the sessions, and so the servers, that run at once. One
	// more takes the place of the session that has been idle longest. Zero means
	// 64.
	MaxSessions int
	// IdleTimeout ends a session that has had no request under way for so long.
	// One whose client closed the stream that it had opened with GET ends after
	// two minutes, if that is sooner. Zero means 30 minutes.
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
// stream that broke is not resumed. While a stream has nothing to say it carries
// a comment every 20 seconds, from the moment on that a call was taken: for the
// initialize request, whose answer decides about the session's ID, from 30
// seconds on.
//
// A session ends with its server, at the client's DELETE, when it was idle for
// too long, and when a new session needs the place of one that is idle. Where all
// are busy the new one is refused, with status 503; so are requests beyond what
// one session may have under way (256 requests, 16 MiB of bodies that the server
// did not read), and beyond 64 MiB of bodies being read. Clients of newer protocol versions, which
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

	bodies budget // being read
	times  times

	mu       sync.Mutex
	closed   bool
	sessions map[string]*session   // those that take requests, by ID
	running  map[*session]struct{} // those, and those that are ending
	waiting  int                   // new sessions that wait for a place
	freed    chan struct{}         // closed when a place is free, and replaced
}

// times are the delays of a Proxy.
type times struct {
	// keepAlive is between the comments on a silent stream.
	keepAlive time.Duration
	// initialize is how long the header of an initialize response waits for the
	// answer, on which the session's ID in it depends.
	initialize time.Duration
	// linger ends a session whose client stopped listening.
	linger time.Duration
	// deaf is how long a server may go on that closed its input or output.
	deaf time.Duration
	// place is how long a new session waits for one that is ending.
	place time.Duration
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
		opts:   opts,
		log:    opts.Log.With("server", cmp.Or(opts.Config.Name, defaultName(opts.Config))),
		access: newAccess(opts.Config, opts.Log),
		bodies: budget{limit: max(maxBodies, opts.MaxBodyBytes)},
		times: times{
			keepAlive:  20 * time.Second,
			initialize: 30 * time.Second,
			linger:     2 * time.Minute,
			deaf:       time.Second,
			place:      15 * time.Second,
		},
		sessions: make(map[string]*session),
		running:  make(map[*session]struct{}),
		freed:    make(chan struct{}),
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
		s.end(endedByRunner)
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

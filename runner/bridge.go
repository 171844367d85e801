package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// Endpoint is an MCP server that listens for HTTP on this machine.
type Endpoint struct {
	// URL is that of the server's endpoint: http, and a loopback address such as
	// 127.0.0.1 or [::1], not a name.
	URL string
	// Transport is streamable-http, or sse for the older HTTP+SSE transport.
	Transport string
	// StartWait is how long the server may take until it listens: a request that
	// finds nobody is sent again meanwhile, as long as the server has answered
	// none. Zero means 30 seconds, less than zero that nothing is sent again.
	StartWait time.Duration
	// Client sends the requests; its CheckRedirect is replaced and its Timeout,
	// which would cut streams off, is not used. Nil means a client that uses no
	// proxy.
	Client *http.Client
	// Log is where problems go. Nil means slog.Default().
	Log *slog.Logger
}

const (
	defaultStartWait = 30 * time.Second
	// startPause is the time between two attempts to find a server that starts.
	startPause = 50 * time.Millisecond
)

// Bridge passes messages between stdio and an endpoint, as the remote runtime
// does, for runtimes whose servers listen for HTTP. The Server that it returns is
// the session, not the server behind it: it ends with the input, and whoever sees
// the server end stops it.
//
// Bridge is for what a Runner allowed already, and adds nothing to a request. It
// connects to the address in the URL only: a redirect, or an endpoint of the
// older transport, that leads elsewhere is refused. ctx bounds nothing after
// Bridge has returned.
func Bridge(ctx context.Context, at Endpoint, stdio Stdio) (Server, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	endpoint, user, err := CanonicalURL(at.URL)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	addr, err := netip.ParseAddr(endpoint.Hostname())
	switch {
	case user != nil:
		return nil, errors.New("endpoint: its URL holds a user")
	case endpoint.Scheme != "http":
		return nil, fmt.Errorf("endpoint %s: want http, have %s", endpoint.Host, endpoint.Scheme)
	case err != nil || !addr.IsLoopback():
		return nil, fmt.Errorf("endpoint %s: want a loopback address such as 127.0.0.1", endpoint.Host)
	case at.Transport != TransportStreamableHTTP && at.Transport != TransportSSE:
		return nil, fmt.Errorf("endpoint %s: transport %q: want %s or %s", endpoint.Host, at.Transport, TransportStreamableHTTP, TransportSSE)
	}
	client, release := at.Client, func() {}
	if client == nil {
		direct := newHTTPTransport(nil)
		client, release = &http.Client{Transport: direct}, direct.CloseIdleConnections
	}
	if wait := cmp.Or(at.StartWait, defaultStartWait); wait > 0 {
		patient := *client
		patient.Transport = &patience{next: cmp.Or[http.RoundTripper](client.Transport, http.DefaultTransport), until: time.Now().Add(wait)}
		client = &patient
	}
	conn := newRemoteConn(endpoint, make(http.Header), client)
	conn.release = release
	s := newRemoteServer(conn, at.Transport, stdio, cmp.Or(at.Log, slog.Default()).With("endpoint", endpoint.Host))
	go s.run() // ends with the session; Wait joins it
	return s, nil
}

// patience sends a request again where nobody listens yet. What stands before a
// server, such as the proxy of a published port, may take a connection and close
// it then, so a connection that brought nothing counts too. Once there was an
// answer, nothing is sent twice.
type patience struct {
	next     http.RoundTripper
	until    time.Time
	answered atomic.Bool
}

func (p *patience) RoundTrip(req *http.Request) (*http.Response, error) {
	for {
		resp, err := p.next.RoundTrip(req)
		if err == nil {
			p.answered.Store(true)
			return resp, nil
		}
		if p.answered.Load() || !time.Now().Before(p.until) || !unborn(err) || req.Body != nil && req.GetBody == nil {
			return nil, err
		}
		timer := time.NewTimer(startPause)
		select {
		case <-timer.C:
		case <-req.Context().Done():
			timer.Stop()
			return nil, err
		}
		req = req.Clone(req.Context())
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// unborn reports whether a request failed as it does where no server listens.
func unborn(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

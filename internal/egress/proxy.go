package egress

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"time"
)

// ServeProxy is an HTTP proxy at l: CONNECT, and requests that name a whole URL.
func (s *Server) ServeProxy(l net.Listener) error {
	web := s.webServer(&forwarder{s: s})
	if err := errors.Join(s.keep(l), s.keep(web)); err != nil {
		return err
	}
	err := web.Serve(s.limit(l))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return ended(err)
}

func (s *Server) webServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.opts.FirstByte,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // what a server sends is not for a person's log
	}
}

// transport makes the connections for HTTP requests.
func (s *Server) transport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, target string) (net.Conn, error) {
			host, port, ok := splitTarget(target, 0)
			if !ok {
				return nil, &refusal{"it is no host"}
			}
			return s.dial(ctx, host, port)
		},
		DisableCompression:     true,
		MaxIdleConns:           32,
		MaxConnsPerHost:        64,
		IdleConnTimeout:        time.Minute,
		ResponseHeaderTimeout:  s.opts.Idle,
		MaxResponseHeaderBytes: 256 << 10,
	}
}

// forwarder passes HTTP requests on: those of a proxy's clients where port is 0,
// else those that were meant for port of a listed host.
type forwarder struct {
	s    *Server
	port int
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, port, why := f.target(r)
	if why == "" {
		if err := f.s.check(host, port); err != nil {
			why = err.Error()
		}
	}
	if why != "" {
		f.deny(w, r, why)
		return
	}
	if r.Method == http.MethodConnect {
		f.connect(w, r, host, port)
		return
	}
	(&httputil.ReverseProxy{
		Transport: f.s.client,
		Rewrite: func(p *httputil.ProxyRequest) {
			target := host.String()
			if port != 80 || host.addr.Is6() {
				target = net.JoinHostPort(target, strconv.Itoa(port))
			}
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", target, target
			if _, named := p.Out.Header["User-Agent"]; !named {
				p.Out.Header.Set("User-Agent", "") // none is added
			}
		},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			f.fail(w, host, port, err)
		},
	}).ServeHTTP(w, r)
}

// target is the host and port that a request is for, and why it is for none.
func (f *forwarder) target(r *http.Request) (host Host, port int, why string) {
	named, without := r.Host, f.port
	switch {
	case r.Method == http.MethodConnect:
		if f.port != 0 {
			return Host{}, 0, "CONNECT is for the proxy"
		}
		without = 0
		if r.URL.Path != "" || r.URL.User != nil {
			return Host{}, 0, "it is no host and port"
		}
	case r.URL.IsAbs():
		if r.URL.Scheme != "http" || r.URL.User != nil {
			return Host{}, 0, "want http://, or CONNECT for all else"
		}
		named = r.URL.Host
		if f.port == 0 {
			without = 80
		}
	case f.port == 0:
		return Host{}, 0, "want a request with a whole URL, or CONNECT"
	}
	host, port, ok := splitTarget(named, without)
	if !ok {
		return Host{}, 0, "it is no host"
	}
	if f.port != 0 && port != f.port {
		return Host{}, 0, "the request is for another port than the connection"
	}
	return host, port, ""
}

func (f *forwarder) connect(w http.ResponseWriter, r *http.Request, host Host, port int) {
	to, err := f.s.dial(r.Context(), host, port)
	if err != nil {
		f.fail(w, host, port, err)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close() // nothing was passed on
		f.fail(w, host, port, err)
		return
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = to.Close() // nothing was passed on
		return
	}
	f.s.tunnel(conn, buffered, to, host, port)
}

func (f *forwarder) deny(w http.ResponseWriter, r *http.Request, why string) {
	named, port := r.Host, f.portText()
	if host, n, ok := f.meant(r); ok { // the proxy's own port says nothing
		named, port = host.String(), strconv.Itoa(n)
	}
	f.s.refused(named, port, why)
	w.Header().Set("Connection", "close")
	http.Error(w, "refused by the permission profile of this server: "+why, http.StatusForbidden)
}

// meant is the host and port that a request to the proxy names.
func (f *forwarder) meant(r *http.Request) (Host, int, bool) {
	switch {
	case f.port != 0:
		return Host{}, 0, false
	case r.Method == http.MethodConnect:
		return splitTarget(r.Host, 0)
	case r.URL.IsAbs() && r.URL.Scheme == "http":
		return splitTarget(r.URL.Host, 80)
	}
	return Host{}, 0, false
}

func (f *forwarder) fail(w http.ResponseWriter, host Host, port int, err error) {
	why, code := "the request was cut off", http.StatusBadGateway
	if refused, ok := errors.AsType[*refusal](err); ok {
		why, code = refused.why, http.StatusForbidden
	} else if _, ok := errors.AsType[net.Error](err); !ok {
		why = err.Error()
	}
	f.s.refused(host.String(), strconv.Itoa(port), why)
	w.Header().Set("Connection", "close")
	http.Error(w, why, code)
}

func (f *forwarder) portText() string {
	if f.port == 0 {
		return strconv.Itoa(ProxyPort(f.s.cfg.Ports))
	}
	return strconv.Itoa(f.port)
}

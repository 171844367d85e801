package egress

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// ServePort passes on the connections of l, which a server made to port of a
// listed name: by the name in the TLS greeting, by the Host of an HTTP request,
// and what is neither to the one host of a list that has no other.
func (s *Server) ServePort(l net.Listener, port int) error {
	if err := s.keep(l); err != nil {
		return err
	}
	requests := newHanded(l.Addr())
	web := s.webServer(&forwarder{s: s, port: port})
	if err := errors.Join(s.keep(requests), s.keep(web)); err != nil {
		return err
	}
	go func() { _ = web.Serve(requests) }() // ends when requests is closed
	defer requests.Close()
	l = s.limit(l)
	for {
		conn, err := l.Accept()
		if err != nil {
			return ended(err)
		}
		go s.transparent(conn, port, requests) // ends with conn
	}
}

// serverFirst is how long a client of the one listed host may be silent before it
// is taken for one that waits for the server's greeting.
const serverFirst = 500 * time.Millisecond

func (s *Server) transparent(conn net.Conn, port int, requests *handed) {
	taken := false
	defer func() {
		if !taken {
			// It was answered, or cut off.
			_ = conn.Close()
		}
	}()
	wait := s.opts.FirstByte
	if s.single != nil {
		wait = min(wait, serverFirst)
	}
	if conn.SetReadDeadline(time.Now().Add(wait)) != nil {
		return
	}
	r := bufio.NewReaderSize(conn, 4<<10)
	first, err := r.Peek(1)
	silent := err != nil && s.single != nil && isTimeout(err)
	if err != nil && !silent {
		return
	}
	if conn.SetReadDeadline(time.Now().Add(s.opts.FirstByte)) != nil {
		return
	}
	switch {
	case silent:
		s.pass(conn, r, *s.single, port)
	case first[0] == recordHandshake:
		s.passTLS(conn, r, port)
	case isRequest(r):
		if conn.SetReadDeadline(time.Time{}) != nil {
			return
		}
		taken = true
		requests.hand(&readConn{Conn: conn, r: r})
	case s.single != nil:
		s.pass(conn, r, *s.single, port)
	default:
		s.refused("", strconv.Itoa(port), "what is neither TLS nor HTTP says not which host it is for")
	}
}

// recordHandshake is the first byte of a TLS connection.
const recordHandshake = 22

func (s *Server) passTLS(conn net.Conn, r io.Reader, port int) {
	host, hello, err := readHello(r)
	if err == nil {
		err = s.check(host, port)
	}
	if err != nil {
		s.refused(host.String(), strconv.Itoa(port), err.Error())
		// The connection ends here, whether or not it can be told why.
		_, _ = conn.Write(accessDenied)
		return
	}
	to, err := s.dial(context.Background(), host, port)
	if err != nil {
		s.refused(host.String(), strconv.Itoa(port), err.Error())
		return
	}
	if _, err := to.Write(hello); err != nil {
		_ = to.Close() // nothing was passed on
		return
	}
	s.join(conn, r, to, nil)
}

// pass connects to host and passes bytes on both ways. A TLS greeting among the
// first of them is held to the same host.
func (s *Server) pass(conn net.Conn, r io.Reader, host Host, port int) {
	to, err := s.dial(context.Background(), host, port)
	if err != nil {
		s.refused(host.String(), strconv.Itoa(port), err.Error())
		return
	}
	s.tunnel(conn, r, to, host, port)
}

// methods are those by which an HTTP request is known.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect,
}

// isRequest reports whether r begins with the method of an HTTP request.
func isRequest(r *bufio.Reader) bool {
	const longest = len("OPTIONS ")
	for n := 1; n <= longest; n++ {
		head, err := r.Peek(n)
		if err != nil {
			return false
		}
		switch c := head[n-1]; {
		case c == ' ':
			return slices.Contains(methods, string(head[:n-1]))
		case c < 'A' || c > 'Z':
			return false
		}
	}
	return false
}

// readConn is a connection some of whose bytes were read.
type readConn struct {
	net.Conn
	r io.Reader
}

func (c *readConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// CloseWrite ends one direction, where the connection can.
func (c *readConn) CloseWrite() error { return closeWrite(c.Conn) }

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

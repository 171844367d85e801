package egress

import (
	"errors"
	"net"
	"sync"
	"time"
)

// limit bounds the connections of l together with those of all others of s, and
// closes l with s.
func (s *Server) limit(l net.Listener) net.Listener {
	return &limited{Listener: l, places: s.places}
}

// limited is a listener that accepts where there is a place.
type limited struct {
	net.Listener
	places chan struct{}
}

// acceptPause is how long a listener rests after an error that passes, such as too
// many open files.
const acceptPause = 50 * time.Millisecond

func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil, err
			}
			if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "accept" {
				time.Sleep(acceptPause)
				continue
			}
			return nil, err
		}
		select {
		case l.places <- struct{}{}:
			return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
		default:
			// The one that is refused is the server that opened all others.
			_ = conn.Close()
		}
	}
}

// placed is a connection that has a place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite ends one direction, where the connection can.
func (c *placed) CloseWrite() error { return closeWrite(c.Conn) }

// handed is a listener whose connections come from another one.
type handed struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newHanded(addr net.Addr) *handed {
	return &handed{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h *handed) Addr() net.Addr { return h.addr }

// hand passes conn on, or closes it where nobody takes it any more.
func (h *handed) hand(conn net.Conn) {
	select {
	case h.conns <- conn:
	case <-h.done:
		// The server ends.
		_ = conn.Close()
	}
}

// ended is nil for the error of a listener that was closed on purpose.
func ended(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

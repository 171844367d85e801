package egress

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"time"
)

// tunnel passes bytes between a client and host. A client that begins with a TLS
// greeting for another name, or one that cannot be read, is cut off: behind one
// address there may be many hosts.
func (s *Server) tunnel(client net.Conn, r io.Reader, to net.Conn, host Host, port int) {
	s.join(client, r, to, func(r *bufio.Reader) ([]byte, bool) {
		first, err := r.Peek(1)
		if err != nil {
			return nil, errors.Is(err, io.EOF)
		}
		if first[0] != recordHandshake {
			if !isRecord(first[0]) {
				return nil, true
			}
			// Some servers pass over an alert and read the greeting behind it.
			s.refused(host.String(), strconv.Itoa(port), "TLS begins with another record than a greeting")
			return nil, false
		}
		if client.SetReadDeadline(time.Now().Add(s.opts.FirstByte)) != nil {
			return nil, false
		}
		name, hello, err := readHello(r)
		switch {
		case err == nil && (name == host || host.addr.IsValid()):
			return hello, true
		case errors.Is(err, errNoName):
			return hello, true
		case err == nil:
			err = errors.New("the TLS greeting is for another host")
		}
		s.refused(name.String(), strconv.Itoa(port), err.Error())
		return nil, false
	})
}

// isRecord reports whether a TLS record begins with b.
func isRecord(b byte) bool { return b >= 20 && b <= 24 }

// join passes bytes between both until each has ended, one is silent too long, or
// there is an error; then it closes to. The caller closes client. begin, where it
// is not nil, looks at what the client sends first and returns what it took of it.
func (s *Server) join(client net.Conn, r io.Reader, to net.Conn, begin func(*bufio.Reader) ([]byte, bool)) {
	touch := func() {
		until := time.Now().Add(s.opts.Idle)
		// One that is closed has no deadline: reading and writing tell.
		_, _ = client.SetDeadline(until), to.SetDeadline(until)
	}
	cut := func() {
		// What is cut off hears nothing more.
		_, _ = client.Close(), to.Close()
	}
	touch()
	back := make(chan struct{})
	go func() { // ends before join does
		defer close(back)
		if !copyTouched(client, to, touch) {
			cut()
		}
	}()
	up := func() bool {
		source := r
		if begin != nil {
			buffered := bufio.NewReaderSize(r, 4<<10)
			taken, ok := begin(buffered)
			if !ok {
				return false
			}
			touch()
			if _, err := to.Write(taken); err != nil {
				return false
			}
			source = buffered
		}
		return copyTouched(to, source, touch)
	}
	if !up() {
		cut()
	}
	<-back
	_ = to.Close() // both directions have ended
}

// copyTouched copies until the end of from, which it tells to, and reports whether
// it came to it.
func copyTouched(to net.Conn, from io.Reader, touch func()) bool {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			touch()
			if _, err := to.Write(buf[:n]); err != nil {
				return false
			}
		}
		if err != nil {
			return errors.Is(err, io.EOF) && closeWrite(to) == nil
		}
	}
}

// closeWrite ends one direction of conn, or the whole of one that cannot.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

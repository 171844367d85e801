package egress

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// ServeForward passes the connections of l on to the server that listens for HTTP.
func (s *Server) ServeForward(l net.Listener) error {
	if err := s.keep(l); err != nil {
		return err
	}
	// Places of its own: a server that opens all of the others can still be asked.
	l = &limited{Listener: l, places: make(chan struct{}, maxForwards)}
	for {
		conn, err := l.Accept()
		if err != nil {
			return ended(err)
		}
		go func() { // ends with conn
			defer conn.Close()
			to, err := s.dialServer(context.Background())
			if err != nil {
				s.refused(s.cfg.ForwardTo, strconv.Itoa(s.cfg.ForwardPort), "the server cannot be reached")
				return
			}
			s.join(conn, conn, to, nil)
		}()
	}
}

// dialServer connects to the server, which is on the internal network only.
func (s *Server) dialServer(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	addrs, err := s.opts.Resolve(ctx, s.cfg.ForwardTo)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if addr = addr.Unmap(); s.cfg.Internal.Contains(addr) && !slices.Contains(s.opts.Own, addr) {
			return s.connect(ctx, netip.AddrPortFrom(addr, uint16(s.cfg.ForwardPort)))
		}
	}
	return nil, &refusal{"its name leads out of its network"}
}

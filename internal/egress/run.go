package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
)

// Ready is the line by which the program tells that it listens.
const Ready = "egress ready"

// Run serves what cfg asks for until ctx ends, with its log on w, the first line
// of which is Ready.
func Run(ctx context.Context, cfg Config, w io.Writer) error {
	own, err := addresses()
	if err != nil {
		return err
	}
	inside, outside, err := sides(cfg.Internal, own)
	if err != nil {
		return err
	}
	s, err := New(cfg, Options{Own: own, Log: w})
	if err != nil {
		return err
	}
	serving := &group{ended: make(chan error, 1)}
	if err := s.serveAll(ctx, inside, outside, serving); err != nil {
		return errors.Join(err, s.Close())
	}
	if _, err := fmt.Fprintln(w, Ready); err != nil {
		return errors.Join(err, s.Close())
	}
	select {
	case err = <-serving.ended:
	case <-ctx.Done():
	}
	return errors.Join(err, s.Close())
}

// group tells the first end of several.
type group struct{ ended chan error }

func (g *group) serve(f func() error) {
	go func() { // ends when Close closes what it serves
		err := f()
		select {
		case g.ended <- err:
		default:
		}
	}()
}

// serveAll listens at all of both sides, and serves.
func (s *Server) serveAll(ctx context.Context, inside netip.Addr, outside []netip.Addr, g *group) error {
	var lc net.ListenConfig
	listen := func(at netip.Addr, port int) (net.Listener, error) {
		return lc.Listen(ctx, "tcp", net.JoinHostPort(at.String(), strconv.Itoa(port)))
	}
	names := net.JoinHostPort(inside.String(), "53")
	udp, err := lc.ListenPacket(ctx, "udp", names)
	if err != nil {
		return err
	}
	tcp, err := lc.Listen(ctx, "tcp", names)
	if err != nil {
		return errors.Join(err, udp.Close())
	}
	if err := errors.Join(s.keep(udp), s.keep(tcp)); err != nil {
		return err
	}
	g.serve(func() error { return s.ServeDNS(udp, tcp, inside) })
	proxy, err := listen(inside, ProxyPort(s.cfg.Ports))
	if err != nil {
		return err
	}
	g.serve(func() error { return s.ServeProxy(proxy) })
	for _, port := range transparent(s.cfg.Ports) {
		l, err := listen(inside, port)
		if err != nil {
			return err
		}
		g.serve(func() error { return s.ServePort(l, port) })
	}
	if s.cfg.ForwardPort == 0 {
		return nil
	}
	for _, addr := range outside {
		l, err := listen(addr, s.cfg.ForwardPort)
		if err != nil {
			return err
		}
		g.serve(func() error { return s.ServeForward(l) })
	}
	return nil
}

// sides are the address on the internal network and those on others.
func sides(internal netip.Prefix, own []netip.Addr) (inside netip.Addr, outside []netip.Addr, err error) {
	for _, addr := range own {
		switch {
		case internal.Contains(addr):
			inside = addr
		case !addr.IsLoopback() && !addr.IsLinkLocalUnicast():
			outside = append(outside, addr)
		}
	}
	if !inside.IsValid() {
		return netip.Addr{}, nil, fmt.Errorf("no address of this container is in %s", internal)
	}
	return inside, outside, nil
}

func addresses() ([]netip.Addr, error) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var own []netip.Addr
	for _, a := range found {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			return nil, err
		}
		own = append(own, prefix.Addr().Unmap())
	}
	return own, nil
}

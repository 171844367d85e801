package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options are what a Server does its work with. The zero value is the real thing.
type Options struct {
	// Resolve returns the addresses of a name. Nil means the system's resolver.
	Resolve func(ctx context.Context, name string) ([]netip.Addr, error)
	// Dial connects to an address. Nil means TCP.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// Own are this machine's own addresses.
	Own []netip.Addr
	// Log gets one line for each refusal. Nil means none.
	Log io.Writer
	// FirstByte is how long a client may take for its greeting, Idle how long a
	// connection may be silent. 0 means 10 seconds and 30 minutes.
	FirstByte, Idle time.Duration
}

// Server lets connections through to listed hosts and refuses all others. It is
// safe for concurrent use.
type Server struct {
	cfg    Config
	opts   Options
	hosts  *Hosts
	single *Host // the one host of the list, where it is a name or an address and there is no other
	places chan struct{}
	client http.RoundTripper
	log    refusals

	mu      sync.Mutex
	closed  bool
	closers []io.Closer
}

// maxConns bounds the connections of one server at a time, maxForwards those that
// are made to it.
const (
	maxConns    = 256
	maxForwards = 256
)

// New returns the server that cfg asks for.
func New(cfg Config, opts Options) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	hosts, err := ParseHosts(cfg.Hosts)
	if err != nil {
		return nil, err
	}
	if opts.Resolve == nil {
		opts.Resolve = systemResolve
	}
	if opts.Dial == nil {
		opts.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", to.String())
		}
	}
	if opts.FirstByte == 0 {
		opts.FirstByte = 10 * time.Second
	}
	if opts.Idle == 0 {
		opts.Idle = 30 * time.Minute
	}
	s := &Server{cfg: cfg, opts: opts, hosts: hosts, places: make(chan struct{}, maxConns), log: refusals{w: opts.Log}}
	if len(cfg.Hosts) == 1 && !cfg.Gateway {
		if host, ok := ParseHost(cfg.Hosts[0]); ok {
			s.single = &host
		}
	}
	s.client = s.transport()
	return s, nil
}

// systemResolve asks for a name of more than one label as it is, without the
// domains that the machine searches: what is listed is what is asked for.
func systemResolve(ctx context.Context, name string) ([]netip.Addr, error) {
	for _, c := range name {
		if c == '.' {
			name += "."
			break
		}
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// Close ends all listening, and the connections over HTTP. Others end with the
// process, or by themselves.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var errs []error
	for _, c := range s.closers {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.closers = nil
	return errors.Join(errs...)
}

// keep closes c with s.
func (s *Server) keep(c io.Closer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.Join(net.ErrClosed, c.Close())
	}
	s.closers = append(s.closers, c)
	return nil
}

func (s *Server) listed(host Host) bool {
	return s.hosts.Match(host) || s.isGateway(host)
}

func (s *Server) isGateway(host Host) bool {
	return s.cfg.Gateway && host.name == GatewayName
}

// refusal is why a connection is not let through.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func (s *Server) check(host Host, port int) error {
	if !s.listed(host) {
		return &refusal{"the host is not listed"}
	}
	if len(s.cfg.Ports) > 0 && !slices.Contains(s.cfg.Ports, port) {
		return &refusal{"the port is not listed"}
	}
	return nil
}

// Bounds of one connection's making.
const (
	resolveTimeout = 5 * time.Second
	dialTimeout    = 10 * time.Second
	maxAddresses   = 4
)

// dial connects to a listed host: to the very address that it has looked at.
func (s *Server) dial(ctx context.Context, host Host, port int) (net.Conn, error) {
	if err := s.check(host, port); err != nil {
		return nil, err
	}
	addrs := []netip.Addr{host.addr}
	if !host.addr.IsValid() {
		resolving, cancel := context.WithTimeout(ctx, resolveTimeout)
		defer cancel()
		var err error
		if addrs, err = s.opts.Resolve(resolving, host.name); err != nil {
			return nil, errors.New("its name cannot be resolved")
		}
	}
	why := errors.New("its name leads to no address")
	tried := 0
	for _, addr := range addrs {
		addr = addr.Unmap()
		if reason := s.refuses(host, addr); reason != "" {
			why = &refusal{reason}
			continue
		}
		if tried++; tried > maxAddresses {
			break
		}
		conn, err := s.connect(ctx, netip.AddrPortFrom(addr, uint16(port)))
		if err == nil {
			return conn, nil
		}
		why = errors.New("it cannot be reached")
	}
	return nil, why
}

func (s *Server) connect(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return s.opts.Dial(ctx, to)
}

// refuses returns why host may not be reached at addr, "" where it may.
func (s *Server) refuses(host Host, addr netip.Addr) string {
	if why := forbidden(addr); why != "" {
		return "of its address, " + why
	}
	if inner, ok := carried(addr); ok {
		addr = inner
	}
	if s.cfg.Internal.Contains(addr) || slices.Contains(s.opts.Own, addr) {
		return "its address is one of this container's networks"
	}
	if s.isGateway(host) {
		return ""
	}
	for _, p := range s.cfg.Refuse {
		if p.Contains(addr) {
			return "its address is that of the machine that runs the containers"
		}
	}
	return ""
}

// refused logs a refusal. The host comes from the server, and what went wrong may
// come from a host: they are cut and quoted.
func (s *Server) refused(host, port, why string) {
	why = strconv.QuoteToASCII(cut(why))
	why = strings.ReplaceAll(why[1:len(why)-1], `\"`, `"`) // a sentence, not a word
	s.log.add(fmt.Sprintf("egress refused host=%s port=%s: %s", strconv.QuoteToASCII(cut(host)), port, why))
}

// cut bounds a text in a line of the log.
func cut(s string) string {
	if len(s) > 253 {
		return s[:253] + "…"
	}
	return s
}

// refusals writes lines, at most some each second: a server that is refused again
// and again fills no disk.
type refusals struct {
	w      io.Writer
	mu     sync.Mutex
	second int64
	lines  int
	left   int
}

const linesPerSecond = 20

func (r *refusals) add(line string) {
	if r.w == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now().Unix(); now != r.second {
		if r.left > 0 {
			line = fmt.Sprintf("egress left %d lines out\n%s", r.left, line)
		}
		r.second, r.lines, r.left = now, 0, 0
	}
	if r.lines++; r.lines > linesPerSecond {
		r.left++
		return
	}
	fmt.Fprintln(r.w, line)
}

package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mcp-runner/mcp-runner/runner"
)

const (
	// listenTime bounds how long a server may take until it listens.
	listenTime = time.Minute
	// slowTime is when it is said that a server does not listen yet.
	slowTime = 5 * time.Second
	// probeTime is how long a connection stays open that something listens on.
	probeTime = 500 * time.Millisecond
	// probeDelay is between two attempts.
	probeDelay = 10 * time.Millisecond
)

// serveEndpoint waits until the server listens, and passes messages between it
// and the client.
func (s *server) serveEndpoint(ctx context.Context, stdio runner.Stdio) error {
	address, err := s.build.network.address(ctx, s.build.api, s.build.container)
	if err != nil {
		// A container that has ended has no ports, and its end may be heard of later.
		select {
		case <-s.exited:
			s.drained()
		case <-time.After(drainDelay):
		}
		return s.notListening(err)
	}
	if err := s.awaitListener(ctx, address); err != nil {
		return s.notListening(err)
	}
	path := "/mcp"
	if s.build.cfg.Transport == runner.TransportSSE {
		path = "/sse"
	}
	session, err := runner.Bridge(ctx, runner.Endpoint{
		URL: "http://" + address + path, Transport: s.build.cfg.Transport, Log: s.build.log,
	}, runner.Stdio{Stdin: stdio.Stdin, Stdout: stdio.Stdout})
	if err != nil {
		return err
	}
	s.mu.Lock()
	ended := s.ended
	s.session = session
	s.mu.Unlock()
	if ended { // meanwhile, and whoever ends sessions has been here
		return s.notListening(errors.Join(errListenTime, session.Stop(ctx)))
	}
	go func() { // ends with the session, which run ends
		// Wait is asked again for what it says, once the container is gone.
		_ = session.Wait()
		s.setOver()
	}()
	return nil
}

// notListening adds how the server ended, if it did, and what it said.
func (s *server) notListening(err error) error {
	select {
	case <-s.exited:
		if s.exit.err == nil {
			err = fmt.Errorf("before it listened on port %d of its container: %w", s.build.cfg.TargetPort, &runner.ExitError{Code: s.exit.code})
		}
	default:
	}
	if text := s.tail.String(); text != "" {
		return fmt.Errorf("%w; it wrote:\n%s", err, text)
	}
	return err
}

var errListenTime = errors.New("nothing listens there: check --target-port, and that the server listens on all addresses (0.0.0.0), not on 127.0.0.1 of its container")

// drained waits for the end of the output of a server that has ended: it tells why.
func (s *server) drained() {
	select {
	case err := <-s.copied:
		s.copied <- err
	case <-time.After(drainDelay):
	}
}

// awaitListener waits until something in the container answers at address. That a
// connection can be made says nothing: the engine's own proxy takes those.
func (s *server) awaitListener(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, listenTime, errListenTime)
	defer cancel()
	slow := time.After(slowTime)
	for {
		if answers(ctx, address) {
			return nil
		}
		timer := time.NewTimer(probeDelay)
		select {
		case <-s.exited:
			timer.Stop()
			s.drained()
			return errListenTime
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("port %d of the container: %w", s.build.cfg.TargetPort, context.Cause(ctx))
		case <-slow:
			timer.Stop()
			s.build.log.Warn("nothing listens yet on the port of the container: check --target-port, and that the server listens on all addresses (0.0.0.0), not on 127.0.0.1 of its container",
				"port", s.build.cfg.TargetPort)
		case <-timer.C:
		}
	}
}

// answers reports whether an HTTP server answers at address, or at least keeps the
// connection.
func answers(ctx context.Context, address string) bool {
	probe, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	req, err := http.NewRequestWithContext(probe, http.MethodHead, "http://"+address+"/", http.NoBody)
	if err != nil {
		return false
	}
	var connected atomic.Bool
	dialer := net.Dialer{}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			connected.Store(err == nil)
			return conn, err
		},
	}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return connected.Load() && ctx.Err() == nil && probe.Err() != nil
	}
	return res.Body.Close() == nil
}

package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"
	"golang.org/x/sync/singleflight"
)

// ErrNoEngine is what an error wraps where no Docker Engine and no Podman answers.
var ErrNoEngine = errors.New("no Docker Engine and no Podman answers")

// engine is a connection to an engine.
type engine struct {
	*client.Client
	// local says that the engine runs on this machine, in the same mount and PID
	// namespaces as far as can be seen: the sources of its mounts are our files, and
	// /proc/PID its containers' processes.
	local bool
	// os and arch are those of the engine's containers, such as linux and amd64.
	os, arch string
}

// connection is the one connection of an Engine, and who is making it.
type connection struct {
	made   atomic.Pointer[engine]
	making singleflight.Group
}

const (
	// connectTimeout bounds the search for an engine, socketTimeout what one of
	// several possible sockets may take of it.
	connectTimeout = 10 * time.Second
	socketTimeout  = 3 * time.Second
)

// Prepare begins to connect to the engine, for a caller that has other work to do
// first. Whoever needs the connection waits for it, and is told what went wrong.
func (e *Engine) Prepare(ctx context.Context) {
	go func() { _, _ = e.connect(ctx) }() // ends at connectTimeout; the next call says why
}

// connect returns the connection to the engine; the first call makes it, and after
// an error the next one does. The error names what was tried and what to do.
func (e *Engine) connect(ctx context.Context) (*engine, error) {
	if api := e.connection.made.Load(); api != nil {
		return api, nil
	}
	// Whoever came second must not fail because the first one gave up.
	result := e.connection.making.DoChan("", func() (any, error) {
		if api := e.connection.made.Load(); api != nil {
			return api, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
		defer cancel()
		api, err := e.find(ctx)
		if err != nil {
			return nil, err
		}
		e.connection.made.Store(api)
		return api, nil
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("connection to Docker Engine: %w", context.Cause(ctx))
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*engine), nil
	}
}

// find returns a connection to the first place where an engine answers.
func (e *Engine) find(ctx context.Context) (*engine, error) {
	places, err := findPlaces(e.opts.Host)
	if err != nil {
		return nil, err
	}
	var tried []string
	for _, p := range places {
		timeout := connectTimeout
		if len(places) > 1 {
			timeout = socketTimeout
		}
		api, err := p.connect(ctx, timeout)
		if err == nil {
			return api, nil
		}
		if errors.Is(err, errTooOld) {
			return nil, err
		}
		tried = append(tried, fmt.Sprintf("%s: %v", p, err))
	}
	return nil, fmt.Errorf("%w (%s): start Docker or Podman, set DOCKER_HOST to the address of one that runs, "+
		"or run the server's package without a container, as npx://PACKAGE@VERSION, uvx://PACKAGE@VERSION or go://MODULE@VERSION",
		ErrNoEngine, strings.Join(tried, "; "))
}

var errTooOld = errors.New("it takes Docker Engine 19.03 or newer, or Podman 4 or newer")

// connect returns a connection to the engine at p, if one answers there.
func (p place) connect(ctx context.Context, timeout time.Duration) (_ *engine, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var same bool
	if path, ok := strings.CutPrefix(p.endpoint.Host, "unix://"); ok {
		// The client's own error would not say why.
		conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err != nil {
			return nil, socketError(err)
		}
		same = sameNamespaces(conn.(*net.UnixConn))
		if err := conn.Close(); err != nil {
			return nil, err
		}
	}
	opts, err := p.endpoint.ClientOpts()
	if err != nil {
		return nil, err
	}
	c, err := client.New(opts...)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	ping, err := c.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	if err != nil {
		if older(ping.APIVersion, client.MinAPIVersion) {
			return nil, fmt.Errorf("%s speaks version %.20q of the API, and %s is the oldest that will do: %w",
				p, ping.APIVersion, client.MinAPIVersion, errTooOld)
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("no answer within %s", timeout)
		}
		return nil, err
	}
	if ping.APIVersion == "" {
		return nil, errors.New("what answers is no Docker Engine: it names no version of the API")
	}
	version, err := c.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, fmt.Errorf("version: %w", err)
	}
	if version.Os == "" || version.Arch == "" {
		return nil, errors.New("what answers names no operating system and architecture")
	}
	return &engine{
		Client: c,
		// A relay on this machine, such as that of Docker Desktop, stands in our
		// namespaces too, but the engine behind it has a kernel of its own.
		local: same && sameKernel(kernel(version.Components)),
		os:    version.Os,
		arch:  version.Arch,
	}, nil
}

// kernel is the version of the kernel that an engine says it runs on, or "".
func kernel(components []system.ComponentVersion) string {
	for _, c := range components {
		if v := c.Details["KernelVersion"]; v != "" {
			return v
		}
	}
	return ""
}

// socketError is err without the address, which the caller names.
func socketError(err error) error {
	var syscallErr *os.SyscallError
	switch {
	case errors.As(err, &syscallErr) && errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: you may not open this socket", syscallErr.Err)
	case errors.As(err, &syscallErr):
		return syscallErr.Err
	default:
		return err
	}
}

// String says where p is and who named it.
func (p place) String() string {
	if p.from == "" {
		return p.endpoint.Host
	}
	return fmt.Sprintf("%s of %s", p.endpoint.Host, p.from)
}

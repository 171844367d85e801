package toolhive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stacklok/toolhive-core/httperr"
	"github.com/stacklok/toolhive/pkg/registry"
	thv "github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/deadline"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/toolhive/internal/origins"
)

// errClosed answers what is asked after Close.
var errClosed = errors.New("the policy is closed")

// Policy is one gate of policies behind ToolHive's two. Its sources are opened at
// the first question, so that a command that creates nothing is not stopped by a
// policy that cannot be loaded. It is safe for concurrent use.
type Policy struct {
	load load
	// over returns a gate over stores, and one over none that records why it is not
	// to be asked.
	over    func([]*rego.Store) (*gate.Gate, error)
	origins *origins.Store
	builds  builds
	// read and registry make inputs, and inputs knows those that are late.
	read          func(context.Context, *thv.RunConfig) (gate.Input, error)
	registry      func(operation string, given gate.Registry) (gate.Input, error)
	inputDeadline time.Duration
	inputs        deadline.Watch

	turn chan struct{} // holds a value while somebody opens or closes
	// What follows is under turn.
	gate   *gate.Gate
	stores []*rego.Store
	closed bool
	// asking is held for reading by each question, so that Close waits for it.
	asking sync.RWMutex
}

// New returns a policy over a gate of the caller's, whose stores stay the caller's
// to close.
func New(g *gate.Gate) *Policy {
	opts := Options{}
	opts.complete()
	none := func(context.Context) ([]*rego.Store, error) { return nil, nil }
	return newPolicy(opts, none, func([]*rego.Store) (*gate.Gate, error) { return g, nil })
}

func newPolicy(opts Options, sources func(context.Context) ([]*rego.Store, error), over func([]*rego.Store) (*gate.Gate, error)) *Policy {
	p := &Policy{
		load: load{sources: sources, deadline: openDeadline}, over: over, origins: origins.Open(opts.getenv),
		inputDeadline: inputDeadline, turn: make(chan struct{}, 1),
	}
	p.read, p.registry = p.mapped, gate.RegistryInput
	return p
}

// Register makes ToolHive ask the policy of the environment before it creates a
// server or changes a registry.
func Register(opts Options) *Policy {
	p := FromEnvironment(opts)
	p.Register()
	return p
}

// Register makes ToolHive ask p.
func (p *Policy) Register() {
	thv.RegisterPolicyGate(p.Servers())
	registry.RegisterPolicyGate(p.Registries())
}

// Servers returns ToolHive's gate for servers.
func (p *Policy) Servers() *Gate { return &Gate{policy: p} }

// Registries returns ToolHive's gate for registries.
func (p *Policy) Registries() *RegistryGate { return &RegistryGate{policy: p} }

// Close ends the watching of all sources that were opened, after the last
// question has been answered. What is asked later is denied.
func (p *Policy) Close() error {
	p.turn <- struct{}{}
	stores := p.stores
	p.closed, p.gate, p.stores = true, nil, nil
	p.load.abandon()
	<-p.turn
	p.asking.Lock() // not under turn, which those who ask wait for
	defer p.asking.Unlock()
	return closeAll(stores)
}

// opened returns the gate of all sources. Next to an error it may return one that
// can only refuse.
func (p *Policy) opened(ctx context.Context) (*gate.Gate, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	switch {
	case p.closed:
		return nil, errClosed
	case p.gate != nil:
		return p.gate, nil
	}
	stores, err := p.load.wait(ctx)
	g, gateErr := p.over(stores)
	if err = errors.Join(err, gateErr); err != nil {
		return g, errors.Join(err, closeAll(stores))
	}
	p.gate, p.stores = g, stores
	return g, nil
}

// check puts in to the gate, or records why there is nothing to be put to it.
func (p *Policy) check(ctx context.Context, in gate.Input, refuse error) error {
	p.asking.RLock()
	defer p.asking.RUnlock()
	g, err := p.opened(ctx)
	if err != nil {
		refuse = err
	}
	switch {
	case g == nil:
		return forbidden(undecided(refuse))
	case refuse != nil:
		return forbidden(g.Refuse(ctx, in, refuse))
	default:
		return forbidden(g.Check(ctx, in))
	}
}

// decide is check without a record.
func (p *Policy) decide(ctx context.Context, in gate.Input, refuse error) (*gate.Decision, error) {
	p.asking.RLock()
	defer p.asking.RUnlock()
	g, err := p.opened(ctx)
	if err == nil {
		err = refuse
	}
	if err != nil {
		return nil, undecided(err)
	}
	return g.Decide(ctx, in)
}

// undecided is err as one that no gate has recorded. Its text may hold secrets.
func undecided(err error) error {
	text := strings.TrimPrefix(err.Error(), gate.ErrUndecided.Error()+": ")
	return fmt.Errorf("%w: %s", gate.ErrUndecided, gate.RedactText(text))
}

// forbidden makes err one that ToolHive's API answers with status 403 and its
// text: that of status 500 would hide it.
func forbidden(err error) error { return httperr.WithCode(err, http.StatusForbidden) }

func closeAll(stores []*rego.Store) error {
	var errs []error
	for _, s := range stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

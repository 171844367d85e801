package toolhive

import (
	"context"
	"errors"
	"time"

	thv "github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

// Gate is ToolHive's policy gate for servers. It is safe for concurrent use.
type Gate struct {
	// What ToolHive may ask in later versions is allowed, until a test of this
	// package fails because of it.
	thv.NoopPolicyGate

	policy *Policy
}

var _ thv.PolicyGate = (*Gate)(nil)

// CheckCreateServer decides whether ToolHive may create the server of cfg, which
// it does not change, and records the decision. Where the environment names the
// image of a container that ToolHive starts beside the server, that is a question
// of its own. The error carries HTTP status 403 for ToolHive's API; it is a
// *[gate.DeniedError] where a policy denies, and otherwise [gate.ErrUndecided].
func (g *Gate) CheckCreateServer(ctx context.Context, cfg *thv.RunConfig) error {
	in, err := g.policy.input(ctx, cfg)
	err = g.policy.check(ctx, in, err)
	if other := beside(cfg); err == nil && other != nil {
		in, err = g.policy.input(context.WithValue(ctx, questionKey{}, nil), other)
		err = g.policy.check(ctx, in, err)
	}
	if q := questionIn(ctx); q != nil {
		return q.answer(cfg, err)
	}
	return err
}

// Decide is what CheckCreateServer would decide, without a record. The decision is
// nil where no gate could be asked; the error is that no verdict was reached.
// Where a policy denies, Allowed is false and the error nil.
func (g *Gate) Decide(ctx context.Context, cfg *thv.RunConfig) (*gate.Decision, error) {
	in, err := g.policy.input(ctx, cfg)
	return g.policy.decide(ctx, in, err)
}

// inputDeadline is how long it may take to read a run config: the paths of mounts,
// and what is remembered of an image, may be on a file system that hangs.
const inputDeadline = 5 * time.Second

// inputStep names that in errors.
const inputStep = "reading the run config"

// input is what policies see of cfg. Next to an error it is what the record shows.
// While one that took too long has not returned, there is none.
func (p *Policy) input(ctx context.Context, cfg *thv.RunConfig) (gate.Input, error) {
	if cfg == nil {
		return gate.Input{Operation: gate.OperationCreateServer}, errors.New("the run config is nil")
	}
	limited, cancel := deadline.Context(ctx, p.inputDeadline)
	defer cancel()
	in, err := deadline.Do(limited, &p.inputs, inputStep, func(*deadline.Call) (gate.Input, error) {
		// ToolHive may change its own when this is late.
		return p.read(limited, clone(cfg))
	})
	if err != nil {
		return gate.Input{Operation: gate.OperationCreateServer, Server: gate.Server{Name: cfg.Name}}, err
	}
	return in, nil
}

// mapped is the input of cfg, which may be that of an image built on demand.
func (p *Policy) mapped(ctx context.Context, cfg *thv.RunConfig) (gate.Input, error) {
	whole, reference, err := p.whole(ctx, cfg)
	if err != nil {
		return gate.Input{}, err
	}
	return inputFor(ctx, whole, reference)
}

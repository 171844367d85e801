package rego

import (
	"context"
	"errors"
	"fmt"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

// Stuck lists the evaluations of p that have not returned though their deadline
// has passed, the oldest first. OPA ignores cancellation in many builtins.
func (p *Policy) Stuck() []Stuck { return p.stuck() }

func (p *Policy) stuck() []Stuck {
	var stuck []Stuck
	for _, late := range p.watch.Late() {
		stuck = append(stuck, Stuck{What: late.Step, Revision: p.revision, Since: late.Since})
	}
	return stuck
}

// call is one evaluation. OPA asks it whether to stop.
type call struct {
	*deadline.Call
	ctx context.Context
}

// Cancel implements [topdown.Cancel].
func (c *call) Cancel() {}

// Cancelled implements [topdown.Cancel].
func (c *call) Cancelled() bool { return c.ctx.Err() != nil || c.Stopped() }

// err is not nil where there is no use in going on; whoever waits knows why.
func (c *call) err() error {
	if c.Cancelled() {
		return errStopped
	}
	return nil
}

var errStopped = errors.New("stopped")

// What an evaluation does beside asking a policy.
var (
	beginStep   = "the evaluation"
	decideStep  = "the decision logic"
	maskStep    = "data.system.log.mask"
	explainStep = "the explanation"
)

// inTime does work of p and returns soon after ctx is done. Its error names the
// source, and the policy that it waited for.
func inTime[T any](ctx context.Context, p *Policy, work func(*call) (T, error)) (T, error) {
	v, err := deadline.Do(ctx, &p.watch, beginStep, func(d *deadline.Call) (T, error) { return work(&call{d, ctx}) })
	var none T
	if stuck, ok := errors.AsType[*deadline.StuckError](err); ok {
		return none, fmt.Errorf("policy source %s: %w, so that nothing is evaluated: restart, or change the policy (revision %s)", p.name, stuck, p.revision)
	}
	if err != nil {
		return none, fmt.Errorf("policy source %s: %w", p.name, err)
	}
	return v, nil
}

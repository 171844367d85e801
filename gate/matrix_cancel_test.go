package gate_test

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// cancelledFaults are callers who go away. The runner answers them itself where
// the gate was not asked, or was too late.
func cancelledFaults() []fault {
	cancelled := func(moment string, do func(c *cell)) fault {
		const only = "start, reload, again: a context is that of one decision"
		return fault{
			name: "cancelled: " + moment, cells: map[string]func(c *cell){atDecision: do},
			not: map[string]string{atStart: only, atReload: only, atAgain: only},
		}
	}
	asked := func(c *cell, eval func(ctx context.Context, cancel func()) rego.Result, want error) {
		ctx, cancel := context.WithCancel(c.Context())
		defer cancel()
		armed := false
		g := c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}})
		g.AddFake(gate.Fake{Name: "f", Eval: func(ctx context.Context, _ ast.Value) (rego.Result, error) {
			if armed {
				return eval(ctx, cancel), nil
			}
			return rego.Result{Allowed: true}, nil
		}})
		c.allowed(g, remoteNamed("fine"))
		armed = true
		err := c.run(ctx, g, remoteNamed("fine"))
		require.ErrorIs(c, err, want)
		require.ErrorContains(c, err, "context canceled")
	}
	return []fault{
		cancelled("before the question", func(c *cell) {
			ctx, cancel := context.WithCancel(c.Context())
			cancel()
			g, _ := c.open(goodSource(c))
			require.ErrorIs(c, c.run(ctx, g, remoteNamed("fine")), context.Canceled)
			c.isUndecided(&runner.BlockedError{Err: g.CheckCreateServer(ctx, remoteNamed("fine"))}, "context canceled")
		}),
		cancelled("while a source thinks", func(c *cell) {
			asked(c, func(ctx context.Context, cancel func()) rego.Result {
				cancel()
				<-ctx.Done()
				return rego.Result{Allowed: true}
			}, gate.ErrUndecided)
		}),
		cancelled("after the answer", func(c *cell) {
			ctx, cancel := context.WithCancel(c.Context())
			g := checkFunc(func(context.Context, *runner.RunConfig) error { cancel(); return nil })
			require.ErrorIs(c, c.run(ctx, g, remoteNamed("fine")), context.Canceled)
		}),
		cancelled("by a deadline of the caller", func(c *cell) {
			ctx, cancel := context.WithTimeout(c.Context(), 50*time.Millisecond)
			defer cancel()
			g := c.gate(gate.Config{})
			g.AddFake(gate.Fake{Name: "f", Eval: func(ctx context.Context, _ ast.Value) (rego.Result, error) {
				<-ctx.Done()
				return rego.Result{Allowed: true}, nil
			}})
			c.isUndecided(c.run(ctx, g, remoteNamed("fine")), fmt.Sprint(context.DeadlineExceeded))
		}),
	}
}

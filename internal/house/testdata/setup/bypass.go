// Package setup goes past the gate in every way that compiles. The test of the
// call sites of Setup holds that it finds each line that ends in "want".
package setup

import (
	"context"
	"unsafe"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

type own struct{ runner.Runtime }

type alias = runner.Approved

type narrow interface {
	Setup(context.Context, *runner.Approved, runner.Stdio) (runner.Server, error)
}

type wrapped struct{ inner runner.Runtime }

func (w wrapped) Setup(ctx context.Context, a *runner.Approved, io runner.Stdio) (runner.Server, error) {
	return w.inner.Setup(ctx, a, io) // want
}

func calls(ctx context.Context, rt runner.Runtime, c runner.ContainerRuntime, n narrow, d *docker.Engine) {
	setup := rt.Setup                              // want
	_, _ = setup(ctx, nil, runner.Stdio{})         // any error will do
	_, _ = c.Setup(ctx, nil, runner.Stdio{})       // want
	_, _ = n.Setup(ctx, nil, runner.Stdio{})       // want
	_, _ = d.Setup(ctx, nil, runner.Stdio{})       // want
	_, _ = own{rt}.Setup(ctx, nil, runner.Stdio{}) // want
	_ = (*docker.Engine).Setup                     // want
	_ = runner.Runtime.Setup                       // want
	_ = generic(rt)
}

func generic[T runner.Runtime](rt T) any { return rt.Setup } // want

type loose[A any] interface {
	Setup(context.Context, A, runner.Stdio) (runner.Server, error)
}

func parametric[A any](ctx context.Context, rt loose[A], a A) {
	_, _ = rt.Setup(ctx, a, runner.Stdio{}) // want
}

func makes() {
	_ = runner.Approved{}                     // want
	_ = &alias{}                              // want
	_ = new(runner.Approved)                  // want
	_ = []runner.Approved{{}}                 // want
	_ = (*alias)(nil)                         // it allows nothing
	_ = (*alias)(unsafe.Pointer(&struct{}{})) // want
	var zero runner.Approved                  // want
	_ = &zero
}

type holder struct {
	byValue alias // want
	pointer *runner.Approved
}

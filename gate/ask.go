package gate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mcp-runner/mcp-runner/rego"
)

// source is one source of policies; policy is what is in force in it now.
type source interface {
	name() string
	policy() policy
	status() rego.Status
	// changed is closed when another policy comes into force.
	changed() <-chan struct{}
}

type policy interface {
	// Eval and Mask return soon after ctx is done.
	Eval(ctx context.Context, input ast.Value) (rego.Result, error)
	Revision() string
	HasMask() bool
	Mask(ctx context.Context, event any) ([]rego.MaskRule, error)
}

type storeSource struct{ store *rego.Store }

func (s storeSource) name() string   { return s.store.Name() }
func (s storeSource) policy() policy { return s.store.Policy() }

func (s storeSource) changed() <-chan struct{} { return s.store.Changed() }

// await does what work does, and gives up when ctx is done, whether or not work
// has noticed. The goroutine that works then ends by itself, soon after, since
// its context is done too.
func await[T any](ctx context.Context, what string, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: fmt.Errorf("%s did not return", what)} // runtime.Goexit
		returned := false
		defer func() {
			if !returned {
				// The value of the panic could hold anything.
				if p := recover(); p != nil {
					o.err = fmt.Errorf("%s panicked: %T", what, p)
				}
			}
			done <- o
		}()
		o.value, o.err = work()
		returned = true
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// inputStep names what comes before the evaluation.
const inputStep = "making the input"

// Stuck lists the inputs that are still being made though the deadline of their
// decision has passed, the oldest first. Until they are made, every decision
// denies. What is stuck in a policy is in the status of its store.
func (g *Gate) Stuck() []rego.Stuck {
	var stuck []rego.Stuck
	for _, late := range g.watch.Late() {
		stuck = append(stuck, rego.Stuck{What: late.Step, Since: late.Since})
	}
	return stuck
}

// ask puts the question to every policy, and reports whether all allow.
func (g *Gate) ask(ctx context.Context, policies []policy, value ast.Value, d *Decision) bool {
	asked := time.Now()
	allowed := true
	for i, p := range policies {
		if ctx.Err() != nil {
			break // whatever is allowed, the time is over
		}
		name := d.Sources[i].Name
		result, err := eval(ctx, p, value)
		if err != nil {
			allowed = false
			d.fail("source %s: %s", name, strings.TrimPrefix(err.Error(), "policy source "+name+": "))
			continue
		}
		allowed = d.add(name, result) && allowed
	}
	d.trail.took("rego_query_eval", asked)
	return allowed
}

// eval asks one policy. A panic is an error.
func eval(ctx context.Context, p policy, value ast.Value) (result rego.Result, err error) {
	returned := false
	defer func() {
		if !returned {
			// The value of the panic could hold anything.
			result, err = rego.Result{}, fmt.Errorf("the evaluation panicked: %T", recover())
		}
	}()
	result, err = p.Eval(ctx, value)
	returned = true
	return result, err
}

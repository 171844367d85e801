package runner

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
)

// PolicyGate decides whether a server may be created. Implementations embed
// NoopPolicyGate, so that a method added to this interface later does not break
// them.
type PolicyGate interface {
	// CheckCreateServer returns nil where the server that cfg describes may be
	// created, and otherwise why not. It is called before anything is pulled,
	// built or started, from many goroutines at once. cfg is resolved and is
	// the gate's own copy: a change to it has no effect on what is created.
	//
	// Where the error is an ErrorData, its data is sent to the MCP client too.
	CheckCreateServer(ctx context.Context, cfg *RunConfig) error
}

// NoopPolicyGate allows everything. It is there to be embedded.
type NoopPolicyGate struct{}

// CheckCreateServer allows the server.
func (NoopPolicyGate) CheckCreateServer(context.Context, *RunConfig) error { return nil }

// ErrorData is an error of a gate that carries structured data for the MCP
// client, such as the decision. It is sent as the data of a JSON-RPC error.
type ErrorData interface {
	error
	ErrorData() any
}

// ErrGatePanic says that a gate panicked instead of deciding. The error around
// it says what kind of value it was and where, never the value, which could
// hold a secret.
var ErrGatePanic = errors.New("policy gate panicked")

// BlockedError says that the policy gate did not allow a server. Err is the
// gate's own error.
type BlockedError struct {
	Err error
}

func (e *BlockedError) Error() string { return "server creation blocked by policy: " + e.Err.Error() }

// Unwrap returns the gate's own error.
func (e *BlockedError) Unwrap() error { return e.Err }

// RegisterPolicyGate makes g the gate of this process; it replaces the one
// before and takes effect with the next server that is created. A nil g, or a
// nil pointer in g, is a programming error and panics: it must never pass for
// "no gate".
func RegisterPolicyGate(g PolicyGate) {
	if isNil(g) {
		panic("runner.RegisterPolicyGate: the gate is nil")
	}
	activeGate.Store(&g)
}

// ActivePolicyGate returns the gate of this process. Until one is registered it
// is a gate that allows everything.
func ActivePolicyGate() PolicyGate {
	if g := activeGate.Load(); g != nil {
		return *g
	}
	return allowAllGate{}
}

// EagerCheckCreateServer asks the active gate about cfg and creates nothing. A
// caller that creates servers later, such as an HTTP endpoint that starts one
// for each session, can so refuse before it listens. The error is the one that
// Runner.Run would return. Run asks again; the answer may have changed by then.
// Nobody is asked which image a reference stands for: that is [Runner.Check].
func EagerCheckCreateServer(ctx context.Context, cfg *RunConfig) error {
	_, err := New(Options{}).ask(ctx, ActivePolicyGate(), cfg)
	return err
}

// activeGate is nil until a gate is registered.
var activeGate atomic.Pointer[PolicyGate]

// allowAllGate is the gate of a process that registered none.
type allowAllGate struct{ NoopPolicyGate }

// ask returns the resolved copy of cfg that g allowed.
// What is set up must be made from it alone. The gate sees a copy of its own:
// it cannot change what is set up either.
func (r *Runner) ask(ctx context.Context, g PolicyGate, cfg *RunConfig) (*Approved, error) {
	if cfg == nil {
		return nil, errors.New("run config is nil")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	resolved, err := r.Resolve(ctx, cfg)
	if err != nil {
		return nil, err
	}
	specification, err := Specification(resolved)
	if err != nil {
		return nil, err
	}
	var told toldVerdict
	question := context.WithValue(ctx, verdictKey{}, &told)
	if err := judge(func() error { return g.CheckCreateServer(question, resolved.Clone()) }); err != nil {
		return nil, &BlockedError{Err: err}
	}
	// An answer to a caller who has gone away is no answer.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	verdict := told.get()
	if verdict.Specification != "" && verdict.Specification != specification {
		return nil, &BlockedError{Err: errors.New("the gate decided about another server than the one that it was asked about")}
	}
	return &Approved{config: resolved, specification: specification, verdict: verdict}, nil
}

// judge returns what the question to a gate came to: nil only where it returned
// nil. A gate that ends the goroutine (runtime.Goexit) ends the caller's too,
// which creates nothing.
func judge(question func() error) (err error) {
	answered := false
	defer func() {
		if answered {
			return
		}
		// Not "if r := recover(); r != nil": under GODEBUG=panicnil=1 the value
		// of a panic can be nil.
		r := recover()
		err = fmt.Errorf("%w: %T in %s", ErrGatePanic, r, panicSite())
	}()
	err = question()
	answered = true
	return err
}

// panicSite names the function that panicked. It is called from the deferred
// function that recovers.
func panicSite() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return frame.Function
		}
		panicking = panicking || inRuntime
		if !more {
			return "an unknown function"
		}
	}
}

func isNil(g PolicyGate) bool {
	if g == nil {
		return true
	}
	switch v := reflect.ValueOf(g); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	default:
		return false
	}
}

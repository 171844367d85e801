package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mcp-runner/mcp-runner/rego"
)

// source is one source of policies; policy is what is in force in it now.
type source interface {
	name() string
	policy() policy
}

type policy interface {
	Eval(ctx context.Context, input ast.Value) (rego.Result, error)
	Revision() string
	HasMask() bool
	Mask(ctx context.Context, event any) ([]rego.MaskRule, error)
}

type storeSource struct{ store *rego.Store }

func (s storeSource) name() string   { return s.store.Name() }
func (s storeSource) policy() policy { return s.store.Policy() }

// answer is what one source says.
type answer struct {
	result rego.Result
	err    error
}

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

// ask puts the question to every policy.
func (g *Gate) ask(ctx context.Context, policies []policy, in Input) ([]answer, error) {
	return await(ctx, "the evaluation", func() ([]answer, error) {
		value, err := inputValue(in)
		if err != nil {
			return nil, err
		}
		answers := make([]answer, len(policies))
		for i, p := range policies {
			answers[i] = eval(ctx, p, value)
		}
		return answers, nil
	})
}

func eval(ctx context.Context, p policy, value ast.Value) (a answer) {
	returned := false
	defer func() {
		if !returned {
			// The value of the panic could hold anything.
			a = answer{err: fmt.Errorf("the evaluation panicked: %T", recover())}
		}
	}()
	a.result, a.err = p.Eval(ctx, value)
	returned = true
	return a
}

// inputValue is in as OPA's value, made through JSON, so that policies see what
// the record shows.
func inputValue(in Input) (ast.Value, error) {
	data, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	value, err := ast.ValueFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	return value, nil
}

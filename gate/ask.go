package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
}

type storeSource struct{ store *rego.Store }

func (s storeSource) name() string   { return s.store.Name() }
func (s storeSource) policy() policy { return s.store.Policy() }

// answer is what one source says.
type answer struct {
	result rego.Result
	err    error
}

// ask puts the question to every policy. The caller gets an answer when ctx is
// done, whether or not the evaluation has noticed; the goroutine that evaluates
// then ends by itself, soon after, since its context is done too.
func (g *Gate) ask(ctx context.Context, policies []policy, in Input) ([]answer, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	value, err := inputValue(in)
	if err != nil {
		return nil, err
	}
	done := make(chan []answer, 1)
	go func() {
		answers := make([]answer, len(policies))
		for i := range answers {
			answers[i].err = errors.New("the evaluation did not return") // runtime.Goexit
		}
		defer func() { done <- answers }()
		for i, p := range policies {
			answers[i] = eval(ctx, p, value)
		}
	}()
	select {
	case answers := <-done:
		return answers, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
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

package rego

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// readStore is the store of a policy: read in one transaction for each
// evaluation, never written.
type readStore interface {
	NewTransaction(context.Context, ...storage.TransactionParams) (storage.Transaction, error)
	Abort(context.Context, storage.Transaction)
}

// Eval asks every policy about input and decides over their answers. A policy
// that fails is in Result.Errors, and nothing is allowed then. An error means
// that nothing was decided: ctx is done, or no policy is loaded.
//
// Eval returns soon after ctx is done, not at once.
func (p *Policy) Eval(ctx context.Context, input ast.Value) (Result, error) {
	if p.err != nil {
		return Result{}, p.err
	}
	if input == nil {
		return Result{}, fmt.Errorf("policy source %s: no input", p.name)
	}
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("policy source %s: %w", p.name, err)
	}
	result, err := p.eval(ctx, input)
	// A cancelled evaluation may still have returned something.
	if err := errors.Join(err, ctx.Err()); err != nil {
		return Result{}, fmt.Errorf("policy source %s: %w", p.name, err)
	}
	return result, nil
}

func (p *Policy) eval(ctx context.Context, input ast.Value) (Result, error) {
	txn, err := p.store.NewTransaction(ctx)
	if err != nil {
		return Result{}, err
	}
	defer p.store.Abort(ctx, txn)
	answers := make([][2]*ast.Term, len(p.units))
	for i, u := range p.units {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		answers[i] = [2]*ast.Term{u.key, u.answer(ctx, txn, input)}
	}
	return p.decide.decide(ctx, p, ast.ObjectTerm(answers...), input), nil
}

var (
	termDeny     = ast.StringTerm("deny")
	termWarn     = ast.StringTerm("warn")
	termError    = ast.StringTerm("error")
	termMetadata = ast.StringTerm("metadata")
	termNone     = ast.ArrayTerm()
)

// answer evaluates the policy and returns what decide wants to know of it. What
// it cannot say as sets of members, it says as an error.
func (u *unit) answer(ctx context.Context, txn storage.Transaction, input ast.Value) *ast.Term {
	found := map[string]*ast.Term{"deny": termNone, "warn": termNone}
	msg := ""
	if err := u.sets(ctx, txn, input, found); err != nil {
		found = map[string]*ast.Term{"deny": termNone, "warn": termNone}
		msg = err.Error()
	}
	return ast.ObjectTerm(
		[2]*ast.Term{termDeny, found["deny"]},
		[2]*ast.Term{termWarn, found["warn"]},
		[2]*ast.Term{termError, ast.StringTerm(msg)},
		[2]*ast.Term{termMetadata, u.metadata},
	)
}

// sets fills found with the members of each set that the policy defines.
func (u *unit) sets(ctx context.Context, txn storage.Transaction, input ast.Value, found map[string]*ast.Term) error {
	row, err := run(ctx, u.query, rego.EvalParsedInput(input), rego.EvalTransaction(txn))
	if err != nil {
		return err
	}
	for _, name := range u.defines {
		switch set := row[name].(type) {
		case ast.Set:
			found[name] = ast.NewTerm(set.Sorted())
		case ast.Value:
			return fmt.Errorf("%s is %s, want a set", name, ast.ValueName(set))
		default:
			return fmt.Errorf("%s is undefined", name)
		}
	}
	return nil
}

// run evaluates a query that has exactly one answer.
func run(ctx context.Context, query rego.PreparedEvalQuery, opts ...rego.EvalOption) (row rego.Vars, err error) {
	defer func() {
		if v := recover(); v != nil {
			row, err = nil, panicError(v)
		}
	}()
	results, err := query.Eval(ctx, append(opts, rego.EvalExternalCancel(done{ctx}))...)
	switch {
	case err != nil:
		return nil, evalError(err)
	case len(results) != 1:
		return nil, fmt.Errorf("the evaluation gave %d results, want one", len(results))
	}
	return results[0].Bindings, nil
}

// done stops an evaluation with its context, without a goroutine that waits for
// it.
type done struct{ ctx context.Context }

func (d done) Cancel()         {}
func (d done) Cancelled() bool { return d.ctx.Err() != nil }

// panicError says that OPA panicked. Other than a runtime error, the value of a
// panic may quote the input.
func panicError(v any) error {
	if err, ok := v.(runtime.Error); ok {
		return fmt.Errorf("the evaluation panicked: %s", err)
	}
	return fmt.Errorf("the evaluation panicked with a %T", v)
}

// plainText matches messages of OPA, or how they begin, that name rules and
// types and no values.
var plainText = regexp.MustCompile(`^(rule \S+ produced conflicting values|` +
	`function \S+ produced conflicting values for the same inputs|` +
	`object keys must be unique|` +
	`[a-z0-9_.]+: operand \d+ must be (one of \{)?[a-z0-9_\[\], ]+\}? but got [a-z]+$)`)

// evalError describes an error of an evaluation by its place and kind. OPA's
// messages quote values of the input, which may not be for everyone who reads
// the error.
func evalError(err error) error {
	e, ok := errors.AsType[*topdown.Error](err)
	if !ok {
		return fmt.Errorf("the evaluation failed with a %T", err)
	}
	text := e.Code
	if e.Location != nil {
		text = fmt.Sprintf("%s:%d: %s", e.Location.File, e.Location.Row, e.Code)
	}
	if e.Code == topdown.BuiltinErr {
		name, _, _ := strings.Cut(e.Message, ":")
		text += ": " + name + " failed"
	} else if plain := plainText.FindString(e.Message); plain != "" {
		text += ": " + plain
	}
	return errors.New(text)
}

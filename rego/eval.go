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
// that nothing was decided: ctx is done, no policy is loaded, the memory of the
// process grew too much, or an evaluation of p is stuck.
//
// Eval returns at most 25 ms after ctx is done, whether or not OPA has. What OPA
// has not ended by its deadline is in [Policy.Stuck] until it ends, and until then
// Eval denies at once.
func (p *Policy) Eval(ctx context.Context, input ast.Value) (Result, error) {
	if p.err != nil {
		return Result{}, p.err
	}
	if input == nil {
		return Result{}, fmt.Errorf("policy source %s: no input", p.name)
	}
	result, err := inTime(ctx, p, func(c *call) (Result, error) { return p.eval(c, input) })
	if err != nil {
		return Result{}, err
	}
	p.print(ctx, input)
	return result, nil
}

func (p *Policy) eval(c *call, input ast.Value) (Result, error) {
	txn, err := p.store.NewTransaction(c.ctx)
	if err != nil {
		return Result{}, err
	}
	defer p.store.Abort(c.ctx, txn)
	answers := make([][2]*ast.Term, len(p.units))
	left := maxAnswers
	for i, u := range p.units {
		c.Step(&u.what)
		answers[i] = [2]*ast.Term{u.key, u.answer(c, txn, input, &left)}
		if err := c.err(); err != nil {
			return Result{}, err
		}
	}
	c.Step(&decideStep)
	return p.decide.decide(c, p, ast.ObjectTerm(answers...), input), nil
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
func (u *unit) answer(c *call, txn storage.Transaction, input ast.Value, left *int) *ast.Term {
	found := map[string]*ast.Term{"deny": termNone, "warn": termNone}
	msg := ""
	if err := u.sets(c, txn, input, found, left); err != nil {
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

// sets fills found with the members of each set that the policy defines, and
// takes what they cost from left.
func (u *unit) sets(c *call, txn storage.Transaction, input ast.Value, found map[string]*ast.Term, left *int) error {
	row, err := run(c, u.query, rego.EvalParsedInput(input), rego.EvalTransaction(txn))
	if err != nil {
		return err
	}
	members := 0
	for _, name := range u.defines {
		switch set := row[name].(type) {
		case ast.Set:
			if members += set.Len(); members > MaxViolations {
				return fmt.Errorf("deny and warn have %d members, more than %d", members, MaxViolations)
			}
			sorted := set.Sorted()
			if err := u.count(name, sorted, left); err != nil {
				return err
			}
			found[name] = ast.NewTerm(sorted)
		case ast.Value:
			return fmt.Errorf("%s is %s, want a set", name, ast.ValueName(set))
		default:
			return fmt.Errorf("%s is undefined", name)
		}
	}
	return nil
}

// run evaluates a query that has exactly one answer.
func run(c *call, query rego.PreparedEvalQuery, opts ...rego.EvalOption) (row rego.Vars, err error) {
	defer func() {
		if v := recover(); v != nil {
			row, err = nil, panicError(v)
		}
	}()
	results, err := query.Eval(c.ctx, append(opts, rego.EvalExternalCancel(c))...)
	switch {
	case err != nil:
		return nil, evalError(err)
	case len(results) != 1:
		return nil, fmt.Errorf("the evaluation gave %d results, want one", len(results))
	}
	return results[0].Bindings, nil
}

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

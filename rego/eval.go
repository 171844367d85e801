package rego

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

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
	about, end, err := p.data.begin(c.ctx, input)
	if err != nil {
		return Result{}, err
	}
	defer end()
	about.now = time.Now() // the same for all policies
	rules := &ruleCache{}
	about.rules, about.values = rules, &dataCache{}
	var answers [][2]*ast.Term
	left := maxAnswers
	for _, u := range p.units {
		c.Step(&u.what)
		answer, failed := u.answer(c, about, &left)
		if answer != nil {
			answers = append(answers, [2]*ast.Term{u.key, answer})
		}
		if err := c.err(); err != nil {
			return Result{}, err
		}
		rules.next(failed)
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

// answer evaluates the policy and returns what decide wants to know of it, nil
// where the policy says nothing. What it cannot say as sets of members, it says as
// an error, and failed is true.
func (u *unit) answer(c *call, about question, left *int) (answer *ast.Term, failed bool) {
	deny, warn, msg := termNone, termNone, ""
	found, err := u.sets(c, about, left)
	if err == nil && len(found) == 0 {
		return nil, false
	}
	if err != nil {
		msg = err.Error()
	} else {
		deny, warn = cmp.Or(found["deny"], termNone), cmp.Or(found["warn"], termNone)
	}
	return ast.ObjectTerm(
		[2]*ast.Term{termDeny, deny},
		[2]*ast.Term{termWarn, warn},
		[2]*ast.Term{termError, ast.StringTerm(msg)},
		[2]*ast.Term{termMetadata, u.metadata},
	), err != nil
}

// sets returns the members of each set of the policy that has some, and takes what
// they cost from left.
func (u *unit) sets(c *call, about question, left *int) (map[string]*ast.Term, error) {
	row, err := u.query.run(c, about)
	if err != nil {
		return nil, err
	}
	members := 0
	var found map[string]*ast.Term
	for _, name := range u.defines {
		switch set := row.value(name).(type) {
		case nil:
			return nil, fmt.Errorf("%s is undefined", name)
		case ast.Set:
			if set.Len() == 0 {
				continue
			}
			if members += set.Len(); members > MaxViolations {
				return nil, fmt.Errorf("deny and warn have %d members, more than %d", members, MaxViolations)
			}
			sorted := set.Sorted()
			if err := u.count(name, sorted, left); err != nil {
				return nil, err
			}
			if found == nil {
				found = map[string]*ast.Term{}
			}
			found[name] = ast.NewTerm(sorted)
		default:
			return nil, fmt.Errorf("%s is %s, want a set", name, ast.ValueName(set))
		}
	}
	return found, nil
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

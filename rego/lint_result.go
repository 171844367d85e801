package rego

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// param is the shape of an argument of a function over all its calls.
func (l *linter) param(g *ruleGroup, i int) *shape {
	if !g.ours || len(g.args) == 0 {
		return nil
	}
	var all *shape
	for n, args := range g.args {
		if i >= len(args) {
			return nil
		}
		all = joined(all, l.infer(args[i].term, args[i].sc).shape, n == 0)
	}
	if all == nil || all.consts == nil || all.enum {
		return all
	}
	// A function is for more than the constants that it is called with today.
	s := *all
	s.consts, s.today = nil, s.consts
	return &s
}

// result is what a rule or function gives, without its arguments.
func (l *linter) result(g *ruleGroup) value {
	if g.result != nil {
		return *g.result
	}
	if g.busy {
		return value{}
	}
	g.busy = true
	defer func() { g.busy = false }()
	var out value
	total := false
	for i, c := range g.clauses {
		head := c.rule.Head
		switch {
		case len(head.Ref()) > 1:
			// A rule such as places[path] := x is an object, whatever its keys.
			out = value{shape: &shape{kinds: objectKind, fields: map[string]*shape{}, always: map[string]bool{}}}
			if kinds := head.RuleKind(); kinds == ast.MultiValue {
				out.shape = nil
			}
			g.result = &out
			return out
		case head.RuleKind() == ast.MultiValue:
			total = true
			v := l.infer(head.Key, c.scope)
			s := joinedElem(out.shape, v.shape, i == 0)
			out.shape = &shape{kinds: setKind, elem: s}
		case head.Value != nil:
			v := l.infer(head.Value, c.scope)
			out.shape = joined(out.shape, v.shape, i == 0)
			if c.rule.Default || (l.always(c) && v.gap == nil) {
				total = true
			}
		}
	}
	if !total && !l.exhaustive(g) {
		out.gap = &gap{why: whyRule}
		if len(g.clauses) > 0 && len(g.clauses[0].rule.Head.Args) > 0 {
			out.gap.why = whyFunction
		}
	}
	g.result = &out
	return out
}

func joinedElem(set, elem *shape, first bool) *shape {
	if first || set == nil {
		return elem
	}
	return joined(set.elem, elem, false)
}

// always says that nothing keeps a clause from giving its value.
func (l *linter) always(c *clause) bool {
	for _, arg := range c.rule.Head.Args {
		if _, ok := arg.Value.(ast.Var); !ok {
			return false
		}
	}
	for _, e := range c.rule.Body {
		if !l.holds(e, c.scope) {
			return false
		}
	}
	return true
}

// holds says that an expression is true whatever the input.
func (l *linter) holds(e *ast.Expr, sc *scope) bool {
	if e.Negated || len(e.With) > 0 {
		return false
	}
	if t, ok := e.Terms.(*ast.Term); ok {
		return t.Value.Compare(ast.Boolean(true)) == 0
	}
	op, args := callOf(e)
	if op.String() != "assign" || len(args) != 2 {
		return false
	}
	_, simple := args[0].Value.(ast.Var)
	v := l.infer(args[1], sc)
	return simple && v.gap == nil && !v.many
}

// exhaustive says that the conditions of a function's or rule's clauses leave no
// case out, as far as that is plain: a condition and its opposite, a test of each
// type, each value of an enum.
func (l *linter) exhaustive(g *ruleGroup) bool {
	var conds []string
	var types kinds
	for _, c := range g.clauses {
		for i, arg := range c.rule.Head.Args {
			if s := l.param(g, i); constantOf(arg) != nil && s != nil && s.enum && l.covers(g, i, s) {
				return true
			}
		}
		if len(c.rule.Body) != 1 {
			continue
		}
		e := c.rule.Body[0]
		plain, negated := normal(e)
		opposite := "not " + plain
		if negated {
			plain, opposite = opposite, plain
		}
		if slices.Contains(conds, opposite) {
			return true
		}
		conds = append(conds, plain)
		op, args := callOf(e)
		if k, ok := typeTests[op.String()]; ok && !e.Negated && len(args) == 1 {
			types |= k
			if s := l.infer(args[0], c.scope).shape; s != nil && !s.open && s.kinds&^types == 0 {
				return true
			}
		}
	}
	return types == anyKind
}

var typeTests = map[string]kinds{
	"is_null": nullKind, "is_boolean": boolKind, "is_number": numberKind, "is_string": stringKind,
	"is_array": arrayKind, "is_object": objectKind, "is_set": setKind,
}

// normal is an expression without its negation.
func normal(e *ast.Expr) (string, bool) {
	op, args := callOf(e)
	negated := e.Negated
	name := op.String()
	if len(args) == 2 && (name == "neq" || name == "equal") {
		negated = negated != (name == "neq")
		return fmt.Sprint(args[0], " == ", args[1]), negated
	}
	cpy := *e
	cpy.Negated = false
	return cpy.String(), negated
}

func (l *linter) covers(g *ruleGroup, i int, s *shape) bool {
	for _, want := range s.consts {
		if !slices.ContainsFunc(g.clauses, func(c *clause) bool {
			return i < len(c.rule.Head.Args) && c.rule.Head.Args[i].Value.Compare(want) == 0
		}) {
			return false
		}
	}
	return true
}

package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkEvery warns of a rule that allows where there is nothing to look at.
func (l *linter) checkEvery(e *ast.Expr, every *ast.Every, sc *scope) {
	if l.exprs[e]&silences == 0 || sc.parent != nil {
		return
	}
	if dropped := l.drops(every.Domain, sc); dropped != nil {
		l.report("dropped-members", e.Location,
			fmt.Sprintf("members without %s are left out before `every` sees them (%s)", termText(dropped.term), dropped.why),
			"iterate over the members themselves, and compare the field below `every`")
	}
	domain := l.infer(every.Domain, sc).shape
	if domain.filled() {
		return
	}
	for _, other := range sc.body {
		if _, ok := other.Terms.(*ast.Every); ok || l.holds(other, sc) {
			continue
		}
		return
	}
	l.report("empty-every", e.Location,
		fmt.Sprintf("every is true where %s is empty, and then this rule allows", termText(every.Domain)), fmt.Sprintf("add count(%s) > 0", termText(every.Domain)))
}

// drops says what a collection leaves out where it is undefined: the term of a
// comprehension, or the member of a set rule.
func (l *linter) drops(t *ast.Term, sc *scope) *gap {
	if v, ok := t.Value.(ast.Var); ok {
		if b := sc.find(v); b != nil {
			if b.form != byAssign {
				return nil
			}
			return l.drops(b.from, b.sc)
		}
	}
	if in := l.closure(t, sc); in != nil {
		return in.dropped()
	}
	ref, ok := t.Value.(ast.Ref)
	if !ok {
		ref = ast.Ref{t}
	}
	g, rest := l.rule(ref, sc)
	if g == nil || len(rest) > 0 {
		return nil
	}
	for _, c := range g.clauses {
		if c.rule.Head.RuleKind() != ast.MultiValue {
			continue
		}
		if found := c.scope.dropped(); found != nil {
			return found
		}
	}
	return nil
}

func (sc *scope) dropped() *gap {
	for _, t := range sc.results {
		if g := sc.l.infer(t, sc).gap; g != nil && !sc.required(g, false) {
			return g
		}
		// A name that the body gives to it.
		if v, ok := t.Value.(ast.Var); ok {
			if b := sc.vars[v]; b != nil && b.form == byAssign {
				if g := b.value().gap; g != nil && !sc.required(g, false) {
					return g
				}
			}
		}
	}
	return nil
}

package rego

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// OPA takes the operands of a negated expression out of the negation: where one
// of them is undefined, the whole expression is, and not true. Only what stands
// for itself, or beside ==, stays inside.

// checkNegation warns of an operand under not that may be undefined.
func (l *linter) checkNegation(e *ast.Expr, sc *scope) {
	if !e.Negated || l.exprs[e].flip()&fires == 0 {
		return
	}
	var outside []*ast.Term
	op, args := callOf(e)
	switch op.String() {
	case "":
		if t, ok := e.Terms.(*ast.Term); ok {
			outside = hoisted(t, sc)
		}
	case "equal", "eq":
		for _, a := range args {
			outside = append(outside, hoisted(a, sc)...)
		}
	default:
		outside = args
	}
	for _, t := range outside {
		g := l.infer(t, sc).gap
		if g == nil || sc.required(g, false) {
			continue
		}
		l.report("not-undefined", e.Location,
			fmt.Sprintf("where %s is undefined (%s), so is the whole line, and not true", termText(g.term), g.why), negationFix(e, g))
		return
	}
}

// hoisted lists what OPA takes out of a negated reference: the keys in it, and
// all of a term that is no reference.
func hoisted(t *ast.Term, sc *scope) []*ast.Term {
	if v, ok := t.Value.(ast.Var); ok && !sc.local(v) {
		return nil // a rule
	}
	ref, ok := t.Value.(ast.Ref)
	if !ok {
		return []*ast.Term{t}
	}
	return subterms(ast.NewTerm(ref))
}

func negationFix(e *ast.Expr, g *gap) string {
	cond := strings.TrimSpace(strings.TrimPrefix(snippet(e.Location.Text), "not "))
	fix := fmt.Sprintf("negate a rule instead: `ok if %s`, then `not ok`", cond)
	if path, last, ok := cutLast(g.term); ok && g.why == whyOptional {
		fix += fmt.Sprintf("; or read object.get(%s, %s, \"\")", path, last)
	}
	return fix
}

// cutLast splits a reference before its last part, for object.get.
func cutLast(t *ast.Term) (string, string, bool) {
	ref, ok := t.Value.(ast.Ref)
	if !ok || len(ref) < 3 {
		return "", "", false
	}
	for i, part := range ref[1:] {
		if _, ok := part.Value.(ast.String); !ok {
			return "", "", false
		}
		if i > 0 && i == len(ref)-2 {
			return ref[:i+1].String(), part.String(), true
		}
	}
	return "", "", false
}

// checkAbsent warns of a comparison in a deny that means to catch what is
// missing too: != "x", == false. Where its operand is undefined it is not true.
func (l *linter) checkAbsent(e *ast.Expr, sc *scope) {
	if e.Negated || l.exprs[e]&fires == 0 || !absenceMeant(e) {
		return
	}
	_, args := callOf(e)
	for i, t := range args {
		v := l.infer(t, sc)
		g := v.gap
		if g == nil || g.why == whyEmpty || v.onlyTrue() || g.why == whyFunction && ordering(e) || sc.required(g, true) || constantOf(args[1-i]) == nil && g.why != whyOptional {
			continue
		}
		fix := fmt.Sprintf("write the condition as a rule of its own, with == or in, and `not` that rule; or test %s first", termText(g.term))
		if path, last, ok := cutLast(g.term); ok && g.why == whyOptional {
			fix = fmt.Sprintf("object.get(%s, %s, \"\"), or a default that the comparison catches", path, last)
		}
		l.report("absent-passes", e.Location,
			fmt.Sprintf("where %s is undefined (%s), this is not true, and the rule stays silent", termText(g.term), g.why), fix)
		return
	}
}

// absenceMeant says that a comparison holds for nothing rather than for
// something: !=, <, == false, == 0, == "".
func absenceMeant(e *ast.Expr) bool {
	op, args := callOf(e)
	if len(args) != 2 {
		return false
	}
	switch op.String() {
	case "neq":
		for _, a := range args {
			if c := constantOf(a); c != nil && (c.Compare(ast.String("")) == 0 || kindsOf(c) == nullKind || c.Compare(ast.Boolean(false)) == 0) {
				return false // != "" asks for something
			}
		}
		return true
	case "lt", "lte":
		return constantOf(args[1]) != nil
	case "gt", "gte":
		return constantOf(args[0]) != nil
	case "equal":
		for _, a := range args {
			if c := constantOf(a); c != nil && (c.Compare(ast.String("")) == 0 || kindsOf(c) == nullKind || c.Compare(ast.Boolean(false)) == 0 || c.Compare(ast.Number("0")) == 0) {
				return true
			}
		}
	}
	return false
}

// ordering says that an expression asks for less or more. What a function cannot
// read has no order, which its author mostly knows.
func ordering(e *ast.Expr) bool {
	op, _ := callOf(e)
	switch op.String() {
	case "lt", "lte", "gt", "gte":
		return true
	}
	return false
}

// checkMessage warns of a message that is undefined where one of its parts is,
// and takes the violation with it.
func (l *linter) checkMessage(sc *scope) {
	if sc.clause.group.pol&fires == 0 || sc.parent != nil {
		return
	}
	name := sc.clause.group.name
	violation := name == "deny" || name == "warn"
	outputs := sc.soft(func(e *ast.Expr) bool { return false })
	for _, e := range sc.body {
		v, rhs := assigned(e)
		if rhs == nil || sc.gives(v) && l.conditional(rhs, sc) {
			continue
		}
		if outputs[e] && violation || isCall(rhs, "sprintf") {
			l.checkPart(rhs, sc)
		}
	}
	for _, t := range sc.results {
		if violation && !l.conditional(t, sc) {
			l.checkPart(t, sc)
		}
	}
}

// gives says that the head of the rule is v itself.
func (sc *scope) gives(v ast.Var) bool {
	return slices.ContainsFunc(sc.results, func(t *ast.Term) bool { return t.Value.Compare(v) == 0 })
}

// conditional says that a term is the violation and the condition in one: what a
// function or rule gives where there is something to say, or a message for each
// key that has one.
func (l *linter) conditional(t *ast.Term, sc *scope) bool {
	v := l.infer(t, sc)
	if v.gap == nil || v.gap.term != t {
		return false
	}
	return v.gap.why == whyFunction || v.gap.why == whyRule || v.gap.why == whyKey && v.many
}

func isCall(t *ast.Term, name string) bool {
	call, ok := t.Value.(ast.Call)
	return ok && call[0].String() == name
}

func (l *linter) checkPart(t *ast.Term, sc *scope) {
	var found *ast.Term
	var g *gap
	eachTerm(t, func(t *ast.Term) bool {
		// A name is judged where it is given.
		if _, isVar := t.Value.(ast.Var); isVar {
			return false
		}
		// A part that has its gap from a name is judged there too.
		if have := l.infer(t, sc).gap; have != nil && have.term == t && found == nil && !sc.required(have, false) {
			found, g = t, have
		}
		return found == nil
	})
	if g == nil {
		return
	}
	fix := fmt.Sprintf("a template prints it as <undefined>: $\"… {%s}\"", termText(g.term))
	if path, last, ok := cutLast(g.term); ok && g.why == whyOptional {
		fix = fmt.Sprintf("object.get(%s, %s, \"\")", path, last)
	}
	l.report("message-undefined", found.Location,
		fmt.Sprintf("where %s is undefined (%s), there is no message, and so no violation", termText(g.term), g.why), fix)
}

// required says that another condition of the body, or of one around it, needs
// what the gap is of: without it the body is undefined on purpose. Conditions
// that mean to catch what is missing do not count where strict is true.
func (sc *scope) required(g *gap, strict bool) bool {
	key := g.term.String()
	for ; sc != nil; sc = sc.parent {
		known := sc.needs(strict)
		if known[key] && g.why != whyCounted {
			return true
		}
		// A list that is counted is as long as its author thinks.
		if ref, ok := g.term.Value.(ast.Ref); ok && (g.why == whyIndex || g.why == whyCounted) {
			for n := 1; n < len(ref); n++ {
				if known["count("+ref[:n].String()+")"] {
					return true
				}
			}
		}
	}
	return false
}

func (sc *scope) needs(strict bool) map[string]bool {
	if have := sc.known[strict]; have != nil {
		return have
	}
	if sc.known == nil {
		sc.known = map[bool]map[string]bool{}
	}
	found := map[string]bool{}
	sc.known[strict] = found
	weak := func(e *ast.Expr) bool { return e.Negated || strict && absenceMeant(e) }
	soft := sc.soft(weak)
	for _, e := range sc.body {
		if soft[e] || weak(e) {
			continue
		}
		for _, t := range operands(e) {
			eachTerm(t, func(t *ast.Term) bool {
				if isCall(t, "count") {
					found[t.String()] = true
				}
				if g := sc.l.infer(t, sc).gap; g != nil {
					found[t.String()] = true
					found[g.term.String()] = true
					if ref, ok := g.term.Value.(ast.Ref); ok {
						for n := 2; n < len(ref); n++ {
							found[ref[:n].String()] = true
						}
					}
				}
				return true
			})
		}
	}
	return found
}

// soft finds the expressions that only give a name to what the head, or an
// expression that is weak, uses.
func (sc *scope) soft(weak func(*ast.Expr) bool) map[*ast.Expr]bool {
	soft := map[*ast.Expr]bool{}
	for changed := true; changed; {
		changed = false
		for _, e := range sc.body {
			v, rhs := assigned(e)
			b := sc.vars[v]
			if rhs == nil || soft[e] || b == nil || b.form != byAssign && b.form != byUnify {
				continue
			}
			only := true
			for _, other := range sc.body {
				if other != e && !soft[other] && !weak(other) && sc.l.mentions(other, v) {
					only = false
				}
			}
			if only {
				soft[e], changed = true, true
			}
		}
	}
	return soft
}

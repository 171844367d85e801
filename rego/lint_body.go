package rego

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkWildcards warns of [_] that stands for another member each time.
func (l *linter) checkWildcards(sc *scope) {
	seen := map[string]string{}
	for _, e := range sc.body {
		op, args := callOf(e)
		if op.String() == "neq" && !e.Negated && l.exprs[e] != 0 {
			for i, t := range args {
				if coll := wildcard(t); coll != nil && !l.infer(args[1-i], sc).many {
					l.report("any-differs", e.Location,
						fmt.Sprintf("this is true as soon as one member of %s differs, and never for none: it does not say that no member is %s", termText(coll), termText(args[1-i])),
						notAny(t, coll, args[1-i]))
				}
			}
		}
		for _, t := range operands(e) {
			eachTerm(t, func(t *ast.Term) bool {
				ref, ok := t.Value.(ast.Ref)
				for i := 1; ok && i+1 < len(ref); i++ {
					v, isVar := ref[i].Value.(ast.Var)
					field := constantOf(ref[i+1])
					if !isVar || !v.IsWildcard() || field == nil {
						continue
					}
					coll := ref[:i].String()
					if first, have := seen[coll]; have && first != field.String() {
						l.report("two-wildcards", t.Location,
							fmt.Sprintf("each [_] is any member of %s: this may be another one than that before", coll),
							fmt.Sprintf("some x in %s, then x.%s and x.%s", coll, strings.Trim(first, `"`), strings.Trim(field.String(), `"`)))
						return false
					}
					seen[coll] = field.String()
				}
				return true
			})
		}
	}
}

// wildcard returns the collection that a reference iterates over with [_].
func wildcard(t *ast.Term) *ast.Term {
	ref, ok := t.Value.(ast.Ref)
	if !ok {
		return nil
	}
	for i, p := range ref {
		if v, isVar := p.Value.(ast.Var); isVar && i > 0 && v.IsWildcard() {
			return prefixTerm(t, i)
		}
	}
	return nil
}

func notAny(t, coll, other *ast.Term) string {
	ref := t.Value.(ast.Ref)
	name := ast.NewTerm(coll.Value).String()
	if _, ok := ref[len(ref)-1].Value.(ast.Var); ok && len(ref) == lenRef(coll)+1 {
		return fmt.Sprintf("not %s in %s", termText(other), name)
	}
	return fmt.Sprintf("a rule `has if { some x in %s; x… == %s }`, then `not has`", name, termText(other))
}

func lenRef(t *ast.Term) int {
	ref, ok := t.Value.(ast.Ref)
	if !ok {
		return 1
	}
	return len(ref)
}

// checkIterations warns of `some x in list; x != "y"` that reads as "no x is y".
func (l *linter) checkIterations(sc *scope) {
	for v, b := range sc.vars {
		if b.form != byMember || b.expr == nil || l.exprs[b.expr] == 0 {
			continue
		}
		var found *ast.Expr
		uses := 0
		for _, e := range sc.body {
			if e == b.expr || !sc.l.mentions(e, v) {
				continue
			}
			uses++
			// In a deny, `x != "y"` may well mean any other.
			if differs(e, v) && (l.exprs[b.expr]&silences != 0 || e.Negated || named(e, v)) {
				found = e
			}
		}
		for _, t := range sc.results {
			if sc.l.mentions(t, v) {
				uses++
			}
		}
		if found == nil || uses != 1 {
			continue
		}
		l.report("any-differs", found.Location,
			fmt.Sprintf("this is true as soon as one member of %s differs, and never for none: it does not say that no member is equal", termText(b.from)),
			"for all: a rule with ==, and `not` that rule; for any: name the member in the message")
	}
}

// named says that an expression compares the name of v.
func named(e *ast.Expr, v ast.Var) bool {
	_, args := callOf(e)
	for _, t := range args {
		ref, ok := t.Value.(ast.Ref)
		if ok && len(ref) == 2 && ref[0].Value.Compare(v) == 0 && ref[1].Value.Compare(ast.String("name")) == 0 {
			return true
		}
	}
	return false
}

// differs says that an expression compares v, or a field of it, with one
// constant, and asks for another.
func differs(e *ast.Expr, v ast.Var) bool {
	op, args := callOf(e)
	if name := op.String(); len(args) != 2 || (name != "neq" || e.Negated) && (name != "equal" || !e.Negated) {
		return false
	}
	for i, t := range args {
		c, ok := constantOf(args[1-i]).(ast.String)
		if ref, isRef := t.Value.(ast.Ref); isRef {
			t = ref[0]
		}
		if ok && c != "" && t.Value.Compare(v) == 0 {
			return true
		}
	}
	return false
}

// checkBindings warns of a name that does not stand for the rule it seems to.
func (l *linter) checkBindings(sc *scope) {
	for v, b := range sc.vars {
		if b.expr == nil || b.form != byAssign && b.form != byUnify {
			continue
		}
		if constantOf(b.from) == nil {
			if s := l.infer(b.from, b.sc).shape; s != nil && s.kinds == boolKind && !sc.usedElsewhere(v, b.expr) {
				l.report("unused-condition", b.expr.Location,
					fmt.Sprintf("%s may be false, and the line is true all the same: it only gives a name", v), "write the condition alone: "+termText(b.from))
			}
			continue
		}
		if b.form == byAssign && l.groups[packageKey(sc.clause.m.path)][string(v)] != nil {
			l.report("shadowed-rule", b.expr.Location,
				fmt.Sprintf("this gives a new variable the name of the rule %s, and is always true", v), fmt.Sprintf("%s == %s", v, termText(b.from)))
		}
		if b.form == byUnify && !sc.usedElsewhere(v, b.expr) {
			names := sc.l.importsAndRules(sc)
			fix := "compare a field of the input with =="
			if n := nearName(string(v), names); n != "" {
				fix = fmt.Sprintf("%s == %s", n, termText(b.from))
			}
			l.report("unify-binds", b.expr.Location, fmt.Sprintf("%s stands for nothing: = gives it the value, and is always true", v), fix)
		}
	}
}

func (l *linter) importsAndRules(sc *scope) []string {
	var names []string
	for name := range l.groups[packageKey(sc.clause.m.path)] {
		names = append(names, name)
	}
	return names
}

// usedElsewhere says that an expression other than own, or the head, has v.
func (sc *scope) usedElsewhere(v ast.Var, own *ast.Expr) bool {
	for _, e := range sc.body {
		if e != own && sc.l.mentions(e, v) {
			return true
		}
	}
	for _, t := range sc.results {
		if sc.l.mentions(t, v) {
			return true
		}
	}
	return false
}

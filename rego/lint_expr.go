package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkExpr holds one expression of a body against the rules.
func (l *linter) checkExpr(e *ast.Expr, sc *scope) {
	l.checkWith(e, sc)
	l.checkNegation(e, sc)
	l.checkAbsent(e, sc)
	l.checkTruth(e, sc)
	l.checkIteration(e, sc)
	if op, args := callOf(e); op != nil {
		l.checkCall(lintCall{op: op, args: args, expr: e, sc: sc, pol: l.exprs[e]})
	}
}

// lintCall is a call as an expression, or as a term.
type lintCall struct {
	op   ast.Ref
	args []*ast.Term
	expr *ast.Expr
	at   *ast.Term
	sc   *scope
	pol  polarity
}

func (c lintCall) loc() *ast.Location {
	if c.at != nil {
		return c.at.Location
	}
	return c.expr.Location
}

// checkCall holds a call against the rules.
func (l *linter) checkCall(c lintCall) {
	name := c.op.String()
	switch name {
	case "equal", "eq", "neq", "lt", "lte", "gt", "gte":
		if len(c.args) == 2 {
			l.checkComparison(name, c)
		}
		return
	case "internal.member_2", "internal.member_3":
		l.checkMembership(c)
		return
	case "assign":
		return
	}
	if g, rest := l.rule(c.op, c.sc); g != nil {
		if len(rest) == 0 {
			l.checkArguments(g, c)
		}
		return
	}
	b := ast.BuiltinMap[name]
	if b == nil {
		return
	}
	l.checkTypes(b, c)
	l.checkOrder(b.Name, c)
	l.checkErrors(b.Name, c)
	l.checkPattern(b.Name, c)
	l.checkText(b.Name, c)
	l.checkKeys(b.Name, c)
	if b.Name == "sprintf" && len(c.args) >= 2 {
		l.checkFormat(c)
	}
}

// checkWith reports a rule that looks at something else than what it is asked
// about.
func (l *linter) checkWith(e *ast.Expr, sc *scope) {
	for _, w := range e.With {
		ref, ok := w.Target.Value.(ast.Ref)
		if !ok {
			continue
		}
		if imp := importOf(sc.clause.m, varOf(ref[0])); imp != nil || ref.HasPrefix(ast.InputRootRef) {
			l.infer(w.Target, sc)
		}
		l.report("with-outside-test", w.Location,
			fmt.Sprintf("in a policy, %s replaces what the rule is asked about", termText(w.Target)),
			"keep `with` to tests; give the rule's conditions to a function, and pass the value")
	}
}

func varOf(t *ast.Term) ast.Var {
	v, _ := t.Value.(ast.Var) // another term is no variable, and has no name
	return v
}

// checkTruth reports a condition that is true for every input: only false and
// undefined are not true.
func (l *linter) checkTruth(e *ast.Expr, sc *scope) {
	var v value
	var what *ast.Term
	switch t := e.Terms.(type) {
	case *ast.Term:
		what, v = t, l.infer(t, sc)
		if c := constantOf(t); c != nil {
			if c.Compare(ast.Boolean(false)) == 0 && !e.Negated {
				l.report("constant-condition", e.Location, "false is never true, and so is the whole body", "")
			}
			return
		}
	case []*ast.Term:
		op, args := callOf(e)
		if op == nil || op.String() == "assign" || op.String() == "eq" || op.String() == "print" || op.String() == "walk" {
			return
		}
		if n := l.arity(op, sc); n < 0 || n != len(args) {
			return
		}
		call := ast.NewTerm(append(ast.Call{t[0]}, args...)).SetLocation(e.Location)
		what, v = call, l.inferCall(call, op, args, sc)
	default:
		return
	}
	if l.exprs[e] == 0 || v.shape == nil || v.shape.kinds&boolKind != 0 || v.shape.open || v.gap != nil || v.many && !e.Negated && !sc.scalarVar(what) {
		return
	}
	cond := termText(what)
	fix := map[kinds]string{
		stringKind: cond + ` != ""`, numberKind: cond + " > 0", arrayKind: "count(" + cond + ") > 0",
		setKind: "count(" + cond + ") > 0", objectKind: "compare one of its fields",
	}[v.shape.kinds]
	if e.Negated {
		fix = map[kinds]string{
			stringKind: cond + ` == ""`, numberKind: cond + " == 0", arrayKind: "count(" + cond + ") == 0",
			setKind: "count(" + cond + ") == 0", objectKind: "compare one of its fields",
		}[v.shape.kinds]
	}
	outcome := "always true"
	if e.Negated {
		outcome = "never true"
	}
	l.report("always-truthy", e.Location,
		fmt.Sprintf("%s is %s and always there, and so is true even where it is empty: the condition is %s", cond, v.shape.kinds, outcome), fix)
}

// scalarVar says that a term is a variable that stands for one member.
func (sc *scope) scalarVar(t *ast.Term) bool {
	v, ok := t.Value.(ast.Var)
	if ref, isRef := t.Value.(ast.Ref); isRef {
		v, ok = varOf(ref[0]), true
		for _, p := range ref[1:] {
			if constantOf(p) == nil {
				return false
			}
		}
	}
	b := sc.find(v)
	return ok && b != nil && b.form == byMember
}

// checkIteration reports iterating over what has no members.
func (l *linter) checkIteration(e *ast.Expr, sc *scope) {
	var coll *ast.Term
	switch v := e.Terms.(type) {
	case *ast.Every:
		coll = v.Domain
		l.checkEvery(e, v, sc)
	case *ast.SomeDecl:
		for _, s := range v.Symbols {
			if call, ok := s.Value.(ast.Call); ok {
				coll = call[len(call)-1]
			}
		}
	}
	if coll == nil {
		return
	}
	if s := l.infer(coll, sc).shape; s != nil && s.kinds&^scalarKinds == 0 {
		l.report("not-a-collection", coll.Location, fmt.Sprintf("%s is %s and has no members", termText(coll), s.kinds), "name a list, a set or an object")
	}
}

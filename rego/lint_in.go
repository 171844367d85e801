package rego

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkMembership holds `in` against what can be in there.
func (l *linter) checkMembership(c lintCall) {
	n := len(c.args)
	if n < 2 {
		return
	}
	xt, ct := c.args[n-2], c.args[n-1]
	x, coll := l.infer(xt, c.sc).shape, l.infer(ct, c.sc).shape
	if coll == nil || coll.open && coll.kinds == anyKind {
		return
	}
	negated := c.expr != nil && c.expr.Negated
	outcome := map[bool]string{true: "always", false: "never"}[negated]
	if coll.kinds&^scalarKinds == 0 {
		fix := fmt.Sprintf("{%s}", termText(ct))
		if coll.kinds == stringKind {
			fix = fmt.Sprintf("contains(%s, %s)", termText(ct), termText(xt))
		}
		l.report("not-a-collection", c.loc(), fmt.Sprintf("%s is %s and has no members: the condition is %s true", termText(ct), coll.kinds, outcome), fix)
		return
	}
	if n == 2 && coll.kinds == objectKind && l.checkInObject(c, xt, ct, x, coll, outcome) {
		return
	}
	// Each member of a literal is meant to be possible.
	if members := literalMembers(ct); members != nil {
		for _, m := range members {
			if c.pol&fires != 0 && !negated {
				l.checkPatternText(c, xt, m, x)
			}
			if r := l.never(xt, m, x, l.infer(m, c.sc).shape); r != nil && r.rule != "constant-condition" {
				l.report(r.rule, m.Location, r.msg+": that member says nothing", r.fix)
			}
		}
		return
	}
	if coll.empty() {
		return
	}
	if r := l.never(xt, ct, x, coll.members()); r != nil && r.rule != "constant-condition" {
		if r.rule == "type-mismatch" {
			r.msg = fmt.Sprintf("%s is %s, and a member of %s is %s", termText(xt), x.known(), termText(ct), coll.members().known())
			r.fix = ""
			if m := coll.members(); m.kinds == objectKind {
				r.fix = fmt.Sprintf("some x in %s; x.%s == %s", termText(ct), nameField(m), termText(xt))
			}
		}
		l.report(r.rule, c.loc(), r.msg+": the condition is "+outcome+" true", r.fix)
	}
}

func nameField(s *shape) string {
	if names := s.names(); !slices.Contains(names, "name") && len(names) > 0 {
		return names[0]
	}
	return "name"
}

// literalMembers returns the members of a list or set that is written out.
func literalMembers(t *ast.Term) []*ast.Term {
	switch t.Value.(type) {
	case *ast.Array, ast.Set:
		return subterms(t)
	}
	return nil
}

// checkInObject reports `in` over an object that means its keys: it looks at the
// values.
func (l *linter) checkInObject(c lintCall, xt, ct *ast.Term, x, coll *shape, outcome string) bool {
	if x == nil || x.kinds&stringKind == 0 || len(coll.fields) == 0 && !coll.closed {
		return false
	}
	values := coll.members()
	if values == nil || values.open {
		return false
	}
	key, isKey := constantOf(xt).(ast.String)
	isKey = isKey && coll.fields[string(key)] != nil
	if values.kinds&x.kinds != 0 && !(isKey && values.consts != nil && !hasValue(values.consts, key)) {
		return false
	}
	l.report("in-values", c.loc(),
		fmt.Sprintf("in asks for a value of the object and not for a key: the condition is %s true", outcome),
		fmt.Sprintf("%s in object.keys(%s)", termText(xt), termText(ct)))
	return true
}

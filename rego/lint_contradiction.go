package rego

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// bounds is what the conditions of one body say together about one operand.
type bounds struct {
	oneOf    []ast.Value // nil: any
	not      []ast.Value
	low      float64
	high     float64
	hasLow   bool
	hasHigh  bool
	yes, no  bool
	lowOpen  bool
	highOpen bool
}

// checkContradictions reports conditions that are never true together.
func (l *linter) checkContradictions(sc *scope) {
	operandsOf := map[string]*bounds{}
	for _, e := range sc.body {
		t, other, op := l.condition(e, sc)
		if t == nil {
			continue
		}
		key := t.String()
		lim := operandsOf[key]
		if lim == nil {
			lim = &bounds{}
			operandsOf[key] = lim
		}
		if lim.add(op, other) {
			l.report("contradiction", e.Location, fmt.Sprintf("no value of %s meets this condition and those before it: the body is never true", termText(t)),
				fmt.Sprintf("write a rule for each, or %s in {…}", termText(t)))
			return
		}
	}
}

// condition splits a condition into its operand, what that is compared with, and
// the comparison. The operand has one value, whatever the rest of the body.
func (l *linter) condition(e *ast.Expr, sc *scope) (*ast.Term, *ast.Term, string) {
	if len(e.With) > 0 {
		return nil, nil, ""
	}
	single := func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Var:
			return !v.IsWildcard() && sc.find(v) != nil
		case ast.Ref:
			v2 := l.infer(t, sc)
			return !v2.many || sc.scalarVar(t)
		}
		return false
	}
	if t, ok := e.Terms.(*ast.Term); ok && single(t) {
		return t, nil, map[bool]string{true: "no", false: "yes"}[e.Negated]
	}
	op, args := callOf(e)
	name := op.String()
	if len(args) != 2 {
		return nil, nil, ""
	}
	t, other := args[0], args[1]
	switch name {
	case "equal", "neq", "lt", "lte", "gt", "gte":
		if constantOf(t) != nil {
			t, other = other, t
			name = strings.NewReplacer("lt", "gt", "gt", "lt").Replace(name)
		}
		if constantOf(other) == nil {
			return nil, nil, ""
		}
		if e.Negated {
			name = map[string]string{"equal": "neq", "neq": "equal", "lt": "gte", "gte": "lt", "gt": "lte", "lte": "gt"}[name]
		}
	case "internal.member_2":
		for _, m := range literalMembers(other) {
			if constantOf(m) == nil {
				return nil, nil, ""
			}
		}
		if len(literalMembers(other)) == 0 {
			return nil, nil, ""
		}
		name = map[bool]string{true: "notin", false: "in"}[e.Negated]
	default:
		return nil, nil, ""
	}
	if !single(t) {
		return nil, nil, ""
	}
	return t, other, name
}

// add says that nothing meets the condition and those before it.
func (lim *bounds) add(op string, other *ast.Term) bool {
	number := func() (float64, bool) {
		n, ok := other.Value.(ast.Number)
		if !ok {
			return 0, false
		}
		f, err := strconv.ParseFloat(string(n), 64)
		return f, err == nil
	}
	narrow := func(values []ast.Value) {
		if lim.oneOf == nil {
			lim.oneOf = values
			return
		}
		lim.oneOf = slices.DeleteFunc(slices.Clone(lim.oneOf), func(v ast.Value) bool { return !hasValue(values, v) })
	}
	switch op {
	case "yes":
		lim.yes = true
	case "no":
		lim.no = true
	case "equal":
		narrow([]ast.Value{other.Value})
		if n, ok := number(); ok && (lim.hasLow && n < lim.low || lim.hasHigh && n > lim.high) {
			return true
		}
	case "neq":
		lim.not = append(lim.not, other.Value)
	case "in", "notin":
		var values []ast.Value
		for _, m := range literalMembers(other) {
			values = append(values, m.Value)
		}
		if op == "in" {
			narrow(values)
		} else {
			lim.not = append(lim.not, values...)
		}
	case "gt", "gte":
		if n, ok := number(); ok && (!lim.hasLow || n >= lim.low) {
			lim.low, lim.hasLow, lim.lowOpen = n, true, op == "gt"
		}
	case "lt", "lte":
		if n, ok := number(); ok && (!lim.hasHigh || n <= lim.high) {
			lim.high, lim.hasHigh, lim.highOpen = n, true, op == "lt"
		}
	}
	if lim.hasLow && lim.hasHigh && (lim.low > lim.high || lim.low == lim.high && (lim.lowOpen || lim.highOpen)) {
		return true
	}
	if lim.yes && lim.no {
		return true
	}
	return lim.oneOf != nil && !slices.ContainsFunc(lim.oneOf, func(v ast.Value) bool { return !hasValue(lim.not, v) })
}

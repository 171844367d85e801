package library_test

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// termChanges change a term and what is in it.
func termChanges(t *ast.Term) []change[*ast.Term] {
	term := func(v ast.Value) *ast.Term { return &ast.Term{Value: v, Location: t.Location} }
	constant := func(text string, v ast.Value) []change[*ast.Term] {
		return []change[*ast.Term]{{"constant", text, t.Location, func() *ast.Term { return term(v) }}}
	}
	switch v := t.Value.(type) {
	case ast.Boolean:
		return constant(fmt.Sprintf("%t for %t", !v, v), !v)
	case ast.Number:
		other := v + "1"
		if n, ok := v.Int(); ok {
			other = ast.Number(strconv.Itoa(n + 1))
		}
		return constant(fmt.Sprintf("%s for %s", other, v), other)
	case ast.String:
		if isPattern(string(v)) {
			return patternChanges(string(v), t.Location)
		}
		return constant(fmt.Sprintf("%q changed", string(v)), v+"~")
	case ast.Ref:
		return within(refChanges(v, t.Location, "field"), func(ref ast.Ref) *ast.Term { return term(ref) })
	case *ast.Array:
		return within(listChanges(collect(v.Foreach), t.Location), func(list []*ast.Term) *ast.Term { return term(ast.NewArray(list...)) })
	case ast.Set:
		return within(listChanges(v.Slice(), t.Location), func(list []*ast.Term) *ast.Term { return term(ast.NewSet(list...)) })
	case ast.Object:
		return within(objectChanges(v), func(o ast.Object) *ast.Term { return term(o) })
	case ast.Call:
		return wrappedChanges(t, v)
	case *ast.ArrayComprehension:
		return slices.Concat(
			within(termChanges(v.Term), func(t *ast.Term) *ast.Term {
				return term(&ast.ArrayComprehension{Term: t, Body: v.Body})
			}),
			within(bodyChanges(v.Body), func(b ast.Body) *ast.Term {
				return term(&ast.ArrayComprehension{Term: v.Term, Body: b})
			}),
		)
	case *ast.SetComprehension:
		return slices.Concat(
			within(termChanges(v.Term), func(t *ast.Term) *ast.Term {
				return term(&ast.SetComprehension{Term: t, Body: v.Body})
			}),
			within(bodyChanges(v.Body), func(b ast.Body) *ast.Term {
				return term(&ast.SetComprehension{Term: v.Term, Body: b})
			}),
		)
	case *ast.ObjectComprehension:
		return slices.Concat(
			within(termChanges(v.Key), func(t *ast.Term) *ast.Term {
				return term(&ast.ObjectComprehension{Key: t, Value: v.Value, Body: v.Body})
			}),
			within(termChanges(v.Value), func(t *ast.Term) *ast.Term {
				return term(&ast.ObjectComprehension{Key: v.Key, Value: t, Body: v.Body})
			}),
			within(bodyChanges(v.Body), func(b ast.Body) *ast.Term {
				return term(&ast.ObjectComprehension{Key: v.Key, Value: v.Value, Body: b})
			}),
		)
	case ast.Var, ast.Null:
		return nil
	}
	panic(fmt.Sprintf("%s: nothing is known of a %T", t.Location, t.Value))
}

// refChanges rename each step, or change what is looked up.
func refChanges(ref ast.Ref, loc *ast.Location, kind string) []change[ast.Ref] {
	var out []change[ast.Ref]
	with := func(i int, t *ast.Term) ast.Ref {
		cp := slices.Clone(ref)
		cp[i] = t
		return cp
	}
	for i, step := range ref {
		name, isName := step.Value.(ast.String)
		switch {
		case i == 0 && isVar(step):
		case isName:
			out = append(out, change[ast.Ref]{kind, fmt.Sprintf("rename %s in %s", name, ref), loc, func() ast.Ref {
				return with(i, &ast.Term{Value: name + "_renamed", Location: step.Location})
			}})
		default:
			out = append(out, within(termChanges(step), func(t *ast.Term) ast.Ref { return with(i, t) })...)
		}
	}
	return out
}

func isVar(t *ast.Term) bool {
	_, ok := t.Value.(ast.Var)
	return ok
}

func isConstant(t *ast.Term) bool {
	_, ok := t.Value.(ast.String)
	return ok
}

func collect(each func(func(*ast.Term))) []*ast.Term {
	var list []*ast.Term
	each(func(t *ast.Term) { list = append(list, t) })
	return list
}

// listChanges drop each entry, and change what is in those that are not plain
// strings or numbers: another string is the same slip as none.
func listChanges(list []*ast.Term, loc *ast.Location) []change[[]*ast.Term] {
	var out []change[[]*ast.Term]
	for i, t := range list {
		at := t.Location
		if at == nil {
			at = loc
		}
		out = append(out, change[[]*ast.Term]{"entry", "drop entry " + short(t), at, func() []*ast.Term {
			return slices.Delete(slices.Clone(list), i, i+1)
		}})
		switch v := t.Value.(type) {
		case ast.Number:
			continue
		case ast.String:
			if !isPattern(string(v)) {
				continue
			}
		}
		out = append(out, within(termChanges(t), func(t *ast.Term) []*ast.Term {
			cp := slices.Clone(list)
			cp[i] = t
			return cp
		})...)
	}
	return out
}

func objectChanges(o ast.Object) []change[ast.Object] {
	var out []change[ast.Object]
	with := func(key, value *ast.Term) ast.Object {
		var pairs [][2]*ast.Term
		o.Foreach(func(k, v *ast.Term) {
			switch {
			case k != key:
				pairs = append(pairs, [2]*ast.Term{k, v})
			case value != nil:
				pairs = append(pairs, [2]*ast.Term{k, value})
			}
		})
		return ast.NewObject(pairs...)
	}
	o.Foreach(func(k, v *ast.Term) {
		out = append(out, change[ast.Object]{"entry", "drop entry " + short(k), k.Location, func() ast.Object { return with(k, nil) }})
		for _, c := range within(termChanges(v), func(t *ast.Term) ast.Object { return with(k, t) }) {
			if isConstant(k) {
				c.text = fmt.Sprintf("%s: %s", k, c.text)
			}
			out = append(out, c)
		}
	})
	return out
}

// unwrapped are builtins whose call gives way to an operand: those that bring a
// value into one form, without which another spelling slips through, and those
// that put two together.
var unwrapped = map[string][]int{
	"lower": {1}, "upper": {1},
	"trim": {1}, "trim_left": {1}, "trim_right": {1}, "trim_space": {1}, "trim_prefix": {1}, "trim_suffix": {1},
	"or": {1, 2}, "and": {1, 2}, "minus": {1}, "plus": {1}, "array.concat": {1, 2}, "object.union": {1, 2},
}

func wrappedChanges(t *ast.Term, call ast.Call) []change[*ast.Term] {
	out := within(callChanges(call, t.Location), func(terms []*ast.Term) *ast.Term {
		return &ast.Term{Value: ast.Call(terms), Location: t.Location}
	})
	for _, i := range unwrapped[call[0].String()] {
		out = append(out, change[*ast.Term]{"call", fmt.Sprintf("%s for %s", short(call[i]), short(t)), t.Location, func() *ast.Term { return call[i] }})
	}
	return out
}

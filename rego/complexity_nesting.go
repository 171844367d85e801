package rego

import "github.com/open-policy-agent/opa/v1/ast"

// nesting measures the form of one module: how long and how deep things are, and
// what that costs the compiler.
type nesting struct {
	m        *module
	found    error // the first thing that is too much
	closures int   // how many there were
}

// depth says where something stands.
type depth struct{ terms, closures, keys int }

// checkNesting refuses a module with parts that are longer or deeper than
// anything that a person writes. What works on modules later may recurse.
func checkNesting(m *module) error {
	w := &nesting{m: m}
	w.many(len(m.ast.Package.Path), m.ast.Package.Location, "the package has %d names", "shorten it")
	for _, r := range m.ast.Rules {
		w.rule(r)
		if w.found != nil {
			return w.found
		}
	}
	return nil
}

// many notes that there are n of something, where that is too much.
func (w *nesting) many(n int, loc *ast.Location, what, fix string) {
	if n > maxParts && w.found == nil {
		w.found = tooComplexAt(w.m, loc, fix, what+", and at most %d are compiled", n, maxParts)
	}
}

func (w *nesting) rule(r *ast.Rule) {
	elses := 0
	for at := r; at != nil; at = at.Else {
		elses++
	}
	w.many(elses, r.Location, "the rule has %d cases with else", "write rules that exclude each other, or look the case up in an object")
	w.cost(float64(elses)*float64(elses)/10, r.Location)
	for ; r != nil && w.found == nil; r = r.Else {
		h := r.Head
		w.many(len(h.Ref()), r.Location, "the rule has %d names", "shorten it")
		made := w.list(h.Ref(), depth{}) + w.list(h.Args, depth{}) + w.term(h.Key, depth{}) + w.term(h.Value, depth{})
		w.body(r.Body, r.Location, depth{}, made)
	}
}

// expr returns how many expressions the compiler takes out of one.
func (w *nesting) expr(e *ast.Expr, at depth) int {
	n := 0
	switch v := e.Terms.(type) {
	case *ast.Term:
		n += w.term(v, at)
	case []*ast.Term:
		w.format(v)
		for _, t := range v[1:] {
			n += w.term(t, at)
			if _, isRef := t.Value.(ast.Ref); isRef && (e.IsAssignment() || e.IsEquality()) {
				n-- // it stays where it is
			}
		}
	case *ast.SomeDecl:
		n += w.list(v.Symbols, at)
	case *ast.Every:
		n += w.term(v.Domain, at)
		w.closure(e.Location, at, nil, v.Body)
	case *ast.Not:
		w.closure(e.Location, at, nil, v.Body)
	case *ast.LogicalAnd:
		w.closure(e.Location, at, nil, v.Lhs, v.Rhs)
	case *ast.LogicalOr:
		w.closure(e.Location, at, nil, v.Lhs, v.Rhs)
	}
	w.many(len(e.With), e.Location, "an expression has %d with", "replace one object by another")
	for _, with := range e.With {
		n += w.term(with.Target, at) + w.term(with.Value, at)
	}
	return n
}

func (w *nesting) list(terms []*ast.Term, at depth) int {
	n := 0
	for _, t := range terms {
		n += w.term(t, at)
	}
	return n
}

// closure goes through bodies of their own, and the terms that stand in front of
// them.
func (w *nesting) closure(loc *ast.Location, at depth, heads []*ast.Term, bodies ...ast.Body) {
	w.closures++
	at.closures++
	if at.closures > maxClosures {
		if w.found == nil {
			w.found = tooComplexAt(w.m, loc, "make a rule or a function of the inner ones",
				"more than %d comprehensions, every or template strings stand inside of each other", maxClosures)
		}
		return
	}
	n := 0
	for _, t := range heads {
		n += w.term(t, at)
	}
	for _, b := range bodies {
		w.body(b, loc, at, n)
	}
	if len(bodies) == 0 {
		w.body(nil, loc, at, n+1)
	}
}

// term returns how many expressions the compiler takes out of a term.
func (w *nesting) term(t *ast.Term, at depth) int {
	if t == nil || w.found != nil {
		return 0
	}
	at.terms++
	if at.terms > maxParts {
		w.many(at.terms, t.Location, "terms stand inside of each other, %d deep", "give the inner ones a name")
		return 0
	}
	switch v := t.Value.(type) {
	case ast.Ref:
		w.many(len(v), t.Location, "a reference has %d names", "give a part of it a name")
		n := 0
		for i, part := range v {
			if _, isVar := part.Value.(ast.Var); isVar && i > 0 {
				n = 1
			}
			n += w.term(part, at)
		}
		return max(n, 1)
	case ast.Call:
		w.format(v)
		return 1 + w.list(v[1:], at)
	case *ast.Array:
		n := 0
		for i := range v.Len() {
			n += w.term(v.Elem(i), at)
		}
		return n
	case ast.Set:
		return w.list(v.Slice(), at)
	case ast.Object:
		return w.object(t, v, at)
	case *ast.ArrayComprehension:
		w.closure(t.Location, at, []*ast.Term{v.Term}, v.Body)
		return 1
	case *ast.SetComprehension:
		w.closure(t.Location, at, []*ast.Term{v.Term}, v.Body)
		return 1
	case *ast.ObjectComprehension:
		w.closure(t.Location, at, []*ast.Term{v.Key, v.Value}, v.Body)
		return 1
	case *ast.TemplateString:
		return w.template(t, v, at)
	default:
		return 0
	}
}

// width is the width or precision of a verb in a format.
func (w *nesting) object(t *ast.Term, o ast.Object, at depth) int {
	n := 0
	inKey := at
	inKey.keys++
	o.Foreach(func(k, v *ast.Term) {
		if _, scalar := k.Value.(ast.String); !scalar {
			if inKey.keys > maxKeys && w.found == nil {
				w.found = tooComplexAt(w.m, t.Location, "use strings as keys", "objects are keys of objects, more than %d deep", maxKeys)
			}
			n += w.term(k, inKey)
		}
		n += w.term(v, at)
	})
	return n
}

// template counts each part of a template string as the comprehension that the
// compiler makes of it.
func (w *nesting) template(t *ast.Term, s *ast.TemplateString, at depth) int {
	for _, p := range s.Parts {
		switch p := p.(type) {
		case *ast.Expr:
			w.closure(t.Location, at, nil, ast.Body{p})
		case *ast.Term:
			if !ast.IsScalar(p.Value) {
				w.closure(t.Location, at, []*ast.Term{p})
			}
		}
	}
	return len(s.Parts)
}

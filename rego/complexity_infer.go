package rego

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// sizer finds how large the types of all values of a source are.
type sizer struct {
	g     *ruleGraph
	input *extent
	// closures are the types of comprehensions that were gone through.
	closures map[*ast.Term]*extent
	errs     []error
}

func newSizer(g *ruleGraph) *sizer {
	s := &sizer{g: g, input: extentAny, closures: map[*ast.Term]*extent{}}
	if g.c.schema != nil {
		s.input = schemaExtent(g.c.schema.raw, 0)
	}
	return s
}

// local is what is known of the variables of one body, and of those around it.
type local struct {
	s     *sizer
	m     *module
	outer *local
	defs  map[ast.Var][]func() *extent
	known map[ast.Var]*extent
}

func (l *local) inner() *local {
	return &local{s: l.s, m: l.m, outer: l, defs: map[ast.Var][]func() *extent{}, known: map[ast.Var]*extent{}}
}

// tooLarge goes through all rules, and refuses the values whose type is too
// large.
func (s *sizer) tooLarge() []error {
	for _, g := range s.g.groups {
		s.group(g)
		for _, r := range g.rules {
			for rule := r.rule; rule != nil; rule = rule.Else {
				l := (&local{s: s, m: r.m}).inner()
				l.body(rule.Body)
			}
		}
	}
	return s.errs
}

// group is the type of all rules of one name.
func (s *sizer) group(g *namedRules) *extent {
	if g.extent != nil {
		return g.extent
	}
	if g.busy {
		return extentAny // recursion, which the compiler reports
	}
	g.busy = true
	var all []*extent
	for _, r := range g.rules {
		for rule := r.rule; rule != nil; rule = rule.Else {
			e := s.rule(r.m, rule)
			s.check(r.m, rule.Location, e, "rule "+g.name)
			all = append(all, e)
		}
	}
	g.extent = oneOfExtents(all)
	if r := g.rules[0]; g.extent.one != nil {
		s.g.work[r.m] += unionSteps(len(g.extent.one))
		s.check(r.m, r.rule.Location, g.extent, "rule "+g.name)
	}
	g.busy = false
	return g.extent
}

// rule is the type of one rule as it stands at the name of its group.
func (s *sizer) rule(m *module, r *ast.Rule) *extent {
	l := (&local{s: s, m: m}).inner()
	l.define(r.Body)
	var e *extent
	switch {
	case r.Head.Value != nil:
		e = l.of(r.Head.Value)
	case r.Head.Key != nil:
		e = setExtent(l.of(r.Head.Key))
	default:
		e = extentBool
	}
	ref := r.Head.Ref()
	for i := len(ref) - 1; i > 0; i-- {
		if name, ok := ref[i].Value.(ast.String); ok {
			e = composed("object", extent{fields: map[string]*extent{string(name): e}})
		} else {
			e = composed("object", extent{any: e})
		}
	}
	return e
}

// check refuses a type that is too large, and counts the work with it.
func (s *sizer) check(m *module, loc *ast.Location, e *extent, what string) {
	if e.text > maxTypeText {
		if len(s.errs) == 0 {
			s.errs = append(s.errs, tooComplexAt(m, loc, "hold a value once, and refer to it where it is needed; put lists into data.yaml",
				"the type of %s takes too long to compile: it is made of very many others, which it holds again and again", what))
		}
		return
	}
	s.g.work[m] += float64(e.size) / 50
}

// body checks all that stands in a body.
func (l *local) body(b ast.Body) {
	l.define(b)
	for _, e := range b {
		for _, t := range operands(e) {
			l.s.check(l.m, e.Location, l.of(t), "a value")
		}
		switch v := e.Terms.(type) {
		case *ast.Every:
			in := l.inner()
			domain := func() *extent { return l.of(v.Domain) }
			in.bind(v.Value, func() *extent { return domain().member() })
			in.body(v.Body)
		case *ast.Not:
			l.inner().body(v.Body)
		case *ast.LogicalAnd:
			l.inner().body(v.Lhs)
			l.inner().body(v.Rhs)
		case *ast.LogicalOr:
			l.inner().body(v.Lhs)
			l.inner().body(v.Rhs)
		}
	}
	for _, v := range slices.Sorted(maps.Keys(l.defs)) {
		l.s.check(l.m, b.Loc(), l.variable(v), fmt.Sprintf("variable %s", v))
	}
}

// define notes what gives the variables of a body their values, in whatever
// order it stands there.
func (l *local) define(b ast.Body) {
	for _, e := range b {
		if some, ok := e.Terms.(*ast.SomeDecl); ok {
			for _, t := range some.Symbols {
				l.some(t)
			}
			continue
		}
		op, args := callOf(e)
		switch {
		case op == nil || len(args) == 0:
		case e.IsAssignment():
			l.bind(args[0], func() *extent { return l.of(args[1]) })
		case e.IsEquality():
			l.unify(args[0], args[1])
		default: // a function whose result goes to its last argument
			if n := l.s.g.node(l.m, op); n != nil && n.group != nil {
				l.bind(args[len(args)-1], func() *extent { return l.s.group(n.group) })
			}
		}
	}
}

// unify binds the variables of one side of an equality to the other: the side
// that is a variable without a value so far, or has one.
func (l *local) unify(a, b *ast.Term) {
	_, aVar := a.Value.(ast.Var)
	_, bVar := b.Value.(ast.Var)
	aNew := aVar && l.defs[a.Value.(ast.Var)] == nil
	bNew := bVar && l.defs[b.Value.(ast.Var)] == nil
	if aNew || !bNew && !aVar {
		l.bind(a, func() *extent { return l.of(b) })
	}
	if bNew && !aNew || !aNew && aVar || !aVar && !bVar {
		l.bind(b, func() *extent { return l.of(a) })
	}
}

// some binds the variables of `some k, v in list`.
func (l *local) some(t *ast.Term) {
	call, ok := t.Value.(ast.Call)
	if !ok || len(call) < 3 {
		return
	}
	list := call[len(call)-1]
	l.bind(call[len(call)-2], func() *extent { return l.of(list).member() })
}

// bind gives the variables of a pattern what stands at their place.
func (l *local) bind(pattern *ast.Term, value func() *extent) {
	switch p := pattern.Value.(type) {
	case ast.Var:
		l.defs[p] = append(l.defs[p], value)
	case *ast.Array:
		for i := range p.Len() {
			l.bind(p.Elem(i), func() *extent { return value().pick(ast.InternedTerm(i).Value) })
		}
	case ast.Object:
		p.Foreach(func(k, v *ast.Term) {
			l.bind(v, func() *extent { return value().pick(k.Value) })
		})
	}
}

// variable is the type of a variable of a body, or nil where it has none of that
// name.
func (l *local) variable(v ast.Var) *extent {
	for at := l; at != nil; at = at.outer {
		if e := at.known[v]; e != nil {
			return e
		}
		defs := at.defs[v]
		if defs == nil {
			continue
		}
		at.known[v] = extentAny // a variable that needs itself
		var all []*extent
		for _, def := range defs {
			if e := def(); e != extentAny || len(defs) == 1 {
				all = append(all, e)
			}
		}
		at.known[v] = oneOfExtents(all)
		return at.known[v]
	}
	return nil
}

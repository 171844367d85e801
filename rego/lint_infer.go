package rego

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// value is what is known of a term.
type value struct {
	shape *shape
	// gap is why the term may be undefined; nil where it never is, or where that
	// is not known.
	gap *gap
	// many says that the term stands for each member of something.
	many bool
}

// gap is a term that may be undefined.
type gap struct {
	term *ast.Term
	why  string
}

func (g *gap) String() string {
	return fmt.Sprintf("%s may be undefined (%s)", termText(g.term), g.why)
}

const (
	whyOptional = "nothing promises that the input has it"
	whyIndex    = "the list may be shorter"
	whyKey      = "the key may not be there"
	whyRule     = "no default, and its conditions may not hold"
	whyFunction = "the function has no result for some arguments"
	whyEmpty    = "of nothing there is none"
	whyCounted  = "the list is not counted"
)

// infer says what is known of a term.
func (l *linter) infer(t *ast.Term, sc *scope) value {
	if v, ok := l.values[t]; ok {
		return v
	}
	l.values[t] = value{} // a term that needs itself
	v := l.inferNew(t, sc)
	l.values[t] = v
	return v
}

func (l *linter) inferNew(t *ast.Term, sc *scope) value {
	switch v := t.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		return value{shape: constShape(v)}
	case *ast.TemplateString:
		for _, c := range subterms(t) {
			l.infer(c, sc)
		}
		return value{shape: &shape{kinds: stringKind}}
	case ast.Var:
		return l.inferVar(t, v, sc)
	case ast.Ref:
		return l.inferRef(t, v, sc)
	case ast.Call:
		op, ok := v[0].Value.(ast.Ref)
		if !ok {
			return value{}
		}
		return l.inferCall(t, op, v[1:], sc)
	case *ast.Array, ast.Object, ast.Set:
		return l.inferLiteral(t, sc)
	}
	in := l.closure(t, sc)
	if in == nil {
		return value{}
	}
	s := &shape{kinds: kindsOf(t.Value), elem: l.infer(in.results[len(in.results)-1], in).shape}
	if len(in.results) == 2 {
		s.fields, s.always = map[string]*shape{}, map[string]bool{}
	}
	return value{shape: s}
}

func (l *linter) inferLiteral(t *ast.Term, sc *scope) value {
	s := &shape{kinds: kindsOf(t.Value)}
	out := value{shape: s}
	add := func(t *ast.Term) *shape {
		v := l.infer(t, sc)
		out.many = out.many || v.many
		if out.gap == nil {
			out.gap = v.gap
		}
		return v.shape
	}
	switch v := t.Value.(type) {
	case *ast.Array:
		for i := range v.Len() {
			s.items = append(s.items, add(v.Elem(i)))
		}
	case ast.Set:
		for i, e := range v.Slice() {
			s.elem = joined(s.elem, add(e), i == 0)
		}
	case ast.Object:
		s.fields, s.always, s.closed = map[string]*shape{}, map[string]bool{}, true
		v.Foreach(func(k, v *ast.Term) {
			val := add(v)
			name, ok := k.Value.(ast.String)
			if !ok {
				add(k)
				s.closed, s.elem = false, joined(s.elem, val, s.elem == nil)
				return
			}
			s.fields[string(name)], s.always[string(name)] = val, true
		})
		if !s.closed {
			s.elem = nil
		}
	}
	if t.IsGround() && ast.IsConstant(t.Value) {
		s.consts = []ast.Value{t.Value}
	}
	return out
}

// names are the fields of an object.
func (s *shape) names() []string {
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.fields))
}

// keysOf is the shape of the keys of a collection.
func keysOf(s *shape) *shape {
	if s == nil {
		return nil
	}
	switch s.kinds {
	case arrayKind:
		return &shape{kinds: numberKind}
	case setKind:
		return s.members()
	case objectKind:
		keys := &shape{kinds: stringKind}
		if !s.closed {
			return nil
		}
		for _, name := range s.names() {
			keys.consts = append(keys.consts, ast.String(name))
		}
		return keys
	}
	return nil
}

func (l *linter) inferVar(t *ast.Term, v ast.Var, sc *scope) value {
	if v.IsWildcard() {
		return value{many: true}
	}
	b := sc.find(v)
	if b == nil {
		return l.inferRef(t, ast.Ref{t}, sc)
	}
	out := b.value()
	if b.form == byMember || b.form == byKey || b.form == byFree {
		out.gap, out.many = nil, true
	}
	return out
}

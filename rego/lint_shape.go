package rego

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// kinds is a set of the types that a value can have.
type kinds uint8

const (
	nullKind kinds = 1 << iota
	boolKind
	numberKind
	stringKind
	arrayKind
	objectKind
	setKind

	anyKind     = nullKind | boolKind | numberKind | stringKind | arrayKind | objectKind | setKind
	scalarKinds = nullKind | boolKind | numberKind | stringKind
)

var kindNames = []string{"null", "a boolean", "a number", "a string", "a list", "an object", "a set"}

func (k kinds) String() string {
	var names []string
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " or ")
}

// shape is what is known of a value before any input is there. A nil shape
// knows nothing.
type shape struct {
	kinds kinds
	// consts are all values that it can have, where they are known. enum says that
	// they are from the input's schema.
	consts []ast.Value
	enum   bool
	// today are the values that a function is called with as it stands.
	today []ast.Value
	// fields are the keys of an object that are known, and always those that are
	// never missing. A closed object has no others; the others have the shape elem.
	fields map[string]*shape
	always map[string]bool
	closed bool
	// elem is the shape of members, and items that of each where a list's length
	// is known.
	elem  *shape
	items []*shape
	// open says that nobody promises what is there: fields of the input that the
	// schema leaves open.
	open bool
	// unordered is a list whose order means nothing.
	unordered bool
	// instant is a string that is always a time in RFC 3339.
	instant bool
	// lower and upper say that a string has no letter of the other case.
	lower, upper bool
	// form is what every value of a field of the input looks like, or nil.
	form *form
	// path is where the input has it, with * for any member, or "".
	path string
	// inner is what members returned, once it is asked.
	inner *shape
	asked bool
}

func constShape(v ast.Value) *shape {
	return &shape{kinds: kindsOf(v), consts: []ast.Value{v}}
}

func kindsOf(v ast.Value) kinds {
	switch v.(type) {
	case ast.Null:
		return nullKind
	case ast.Boolean:
		return boolKind
	case ast.Number:
		return numberKind
	case ast.String, *ast.TemplateString:
		return stringKind
	case *ast.Array, *ast.ArrayComprehension:
		return arrayKind
	case ast.Object, *ast.ObjectComprehension:
		return objectKind
	case ast.Set, *ast.SetComprehension:
		return setKind
	}
	return anyKind
}

// openShape is anything at all, or nothing.
func openShape(path string) *shape { return &shape{kinds: anyKind, open: true, path: path} }

// known returns what types s can have.
func (s *shape) known() kinds {
	if s == nil {
		return anyKind
	}
	return s.kinds
}

// members returns the shape of what iterating over s gives.
func (s *shape) members() *shape {
	if s == nil {
		return nil
	}
	if !s.asked {
		s.asked, s.inner = true, s.membersNew()
	}
	return s.inner
}

func (s *shape) membersNew() *shape {
	switch {
	case s.elem != nil:
		if len(s.fields) == 0 {
			return s.elem
		}
	case s.open && (s.path != "" || len(s.fields) == 0):
		return openShape(s.path + "/*")
	}
	var all *shape
	for i, item := range s.items {
		all = joined(all, item, i == 0)
	}
	if s.closed || s.open {
		for i, name := range slices.Sorted(maps.Keys(s.fields)) {
			all = joined(all, s.fields[name], i == 0)
		}
	}
	return all
}

// joined is what is known of a value that is an a or a b.
func joined(a, b *shape, first bool) *shape {
	if first {
		return b
	}
	return join2(a, b, 0)
}

// maxJoin bounds how deep values of several origins are told apart.
const maxJoin = 8

func join2(a, b *shape, depth int) *shape {
	if depth > maxJoin || a == nil || b == nil {
		return nil
	}
	if a == b {
		return a
	}
	j := &shape{
		kinds: a.kinds | b.kinds, enum: a.enum && b.enum, open: a.open || b.open,
		lower: a.lower && b.lower, upper: a.upper && b.upper, instant: a.instant && b.instant,
	}
	if a.form == b.form {
		j.form = a.form
	}
	if a.path == b.path {
		j.path = a.path
	}
	if a.consts != nil && b.consts != nil && len(a.consts)+len(b.consts) <= 256 {
		j.consts = slices.Concat(a.consts, b.consts)
	}
	if a.kinds&objectKind != 0 && b.kinds&objectKind != 0 {
		j.closed = a.closed && b.closed
		j.fields, j.always = map[string]*shape{}, map[string]bool{}
		for _, side := range []*shape{a, b} {
			for name, f := range side.fields {
				have, ok := j.fields[name]
				if ok {
					f = join2(have, f, depth+1)
				}
				j.fields[name] = f
				j.always[name] = a.always[name] && b.always[name]
			}
		}
	} else {
		for _, side := range []*shape{a, b} {
			if side.kinds&objectKind != 0 {
				j.fields, j.always, j.closed = side.fields, side.always, side.closed
			}
		}
	}
	switch am, bm := a.members(), b.members(); {
	case am != nil && bm != nil:
		j.elem = join2(am, bm, depth+1)
	case a.empty():
		j.elem = bm
	case b.empty():
		j.elem = am
	}
	if j.kinds&objectKind != 0 && j.closed {
		j.elem = nil
	}
	return j
}

// empty says that s is a collection without members, or no collection.
func (s *shape) empty() bool {
	if s == nil || s.open || s.kinds&^(scalarKinds|arrayKind|objectKind|setKind) != 0 {
		return false
	}
	if s.kinds&(arrayKind|setKind|objectKind) == 0 {
		return true
	}
	return len(s.consts) == 1 && s.elem == nil && len(s.items) == 0 && len(s.fields) == 0
}

// filled says that s has at least one member.
func (s *shape) filled() bool {
	if s == nil || s.kinds&scalarKinds != 0 {
		return false
	}
	if len(s.items) > 0 {
		return true
	}
	for _, c := range s.consts {
		if set, ok := c.(ast.Set); !ok || set.Len() == 0 {
			return false
		}
	}
	return len(s.consts) > 0 || slices.Contains(slices.Collect(maps.Values(s.always)), true)
}

package rego

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// step is one member of a value.
func (l *linter) step(t, coll *ast.Term, s *shape, key *ast.Term, sc *scope) value {
	if v, ok := key.Value.(ast.Var); ok {
		if v.IsWildcard() {
			return value{shape: s.members(), many: true}
		}
		if b := sc.find(v); b != nil && b.form == byKey {
			if coll != nil && b.from != nil && b.from.String() == coll.String() {
				return l.keyed(s, l.infer(key, sc).shape, key, true)
			}
		} else if !sc.bound(v) && sc.local(v) {
			return value{shape: s.members(), many: true}
		}
	}
	if c := constantOf(key); c != nil {
		return l.constStep(t, s, key, c, sc)
	}
	k := l.infer(key, sc)
	next := l.keyed(s, k.shape, key, false)
	next.many = next.many || k.many
	if k.gap != nil {
		next.gap = k.gap
	}
	return next
}

// keyed is the member of s under a key that is no constant.
func (l *linter) keyed(s, key *shape, at *ast.Term, iterated bool) value {
	out := value{shape: s.members(), many: iterated}
	if key != nil && key.consts == nil && key.today != nil {
		cpy := *key
		cpy.consts = key.today
		key = &cpy
	}
	if s == nil || iterated && (key == nil || key.consts == nil) {
		return out
	}
	if key != nil && key.consts != nil && len(s.fields) > 0 {
		l.checkTable(s, key, at)
		all := true
		for i, c := range key.consts {
			name, _ := c.(ast.String) // another type is no field, and has none
			f, ok := s.fields[string(name)]
			if !ok && s.closed {
				l.unknownField(s, string(name), at)
			}
			all = all && ok && s.always[string(name)]
			out.shape = joined(out.shape, f, i == 0)
		}
		if all {
			return out
		}
	}
	if iterated {
		return out
	}
	if s.closed && s.path != "" && (key == nil || key.consts == nil) && key.known()&stringKind != 0 {
		l.report("dynamic-key", at.Location,
			fmt.Sprintf("which field of %s is read depends on %s, so that a misspelt one is not found", pathText(s.path), termText(at)),
			"write the names as a list: some field in [\"…\", \"…\"]")
	}
	if key != nil && s.kinds == objectKind && key.known()&stringKind == 0 && s.closed && s.path != "" {
		l.report("unknown-input-field", at.Location, fmt.Sprintf("%s has no field under %s, which is %s", pathText(s.path), termText(at), key.known()), "")
	}
	out.gap = &gap{at, whyKey}
	return out
}

// checkTable reports a table of the policy's own with a key that the field of the
// input never is: one that is nearly another value, or all of them.
func (l *linter) checkTable(s, key *shape, at *ast.Term) {
	if !key.enum || !s.closed || s.path != "" {
		return
	}
	var missing []string
	hits := 0
	for _, c := range key.consts {
		if name, ok := c.(ast.String); ok && s.fields[string(name)] != nil {
			hits++
		} else if ok && name != "" {
			missing = append(missing, string(name))
		}
	}
	for _, name := range s.names() {
		if name == "" || hasValue(key.consts, ast.String(name)) || hits > 0 && nearName(name, missing) == "" {
			continue
		}
		l.report("enum-value", at.Location, fmt.Sprintf("%s is never %q: that key is never used", termText(at), name), insteadOf(name, missing))
		return
	}
}

// constStep is a member of s under a constant key.
func (l *linter) constStep(t *ast.Term, s *shape, key *ast.Term, c ast.Value, sc *scope) value {
	if s == nil {
		return value{}
	}
	if s.open && s.kinds == anyKind {
		return value{shape: openShape(s.path + "/*"), gap: &gap{t, whyOptional}}
	}
	switch name := c.(type) {
	case ast.String:
		if s.kinds&objectKind == 0 {
			if s.kinds == setKind {
				return value{shape: s.members(), gap: &gap{t, whyKey}}
			}
			l.noField(t, s, string(name), key)
			return value{}
		}
		f, ok := s.fields[string(name)]
		switch {
		case ok && s.always[string(name)]:
			return value{shape: f}
		case ok:
			return value{shape: f, gap: &gap{t, whyOptional}}
		case s.closed:
			l.unknownField(s, string(name), key)
			return value{}
		}
		if s.open && s.path != "" {
			return value{shape: openShape(s.path + "/*"), gap: &gap{t, whyOptional}}
		}
		if s.open {
			return value{gap: &gap{t, whyOptional}}
		}
		return value{shape: s.members(), gap: &gap{t, whyKey}}
	case ast.Number:
		n, err := strconv.Atoi(string(name))
		if err != nil || s.kinds&arrayKind == 0 {
			return value{gap: &gap{t, whyKey}}
		}
		if n >= 0 && n < len(s.items) {
			return value{shape: s.items[n]}
		}
		if s.items != nil && s.elem == nil {
			return value{}
		}
		l.firstElement(t, s, sc)
		return value{shape: s.members(), gap: &gap{t, whyIndex}}
	}
	return value{}
}

// firstElement warns of an index into a list that has no order.
func (l *linter) firstElement(t *ast.Term, s *shape, sc *scope) {
	if s.path == "" || s.elem == nil || s.open || !(s.unordered || s.elem.kinds == objectKind) {
		return
	}
	// What the body needs is not known while it is inferred.
	l.later = append(l.later, func() {
		if !sc.required(&gap{t, whyCounted}, false) {
			l.report("first-element", t.Location,
				fmt.Sprintf("%s is one element of %s, and the others are not looked at", termText(t), pathText(s.path)),
				fmt.Sprintf("some element in %s", pathText(s.path)))
		}
	})
}

// unknownField reports a field that a closed object of the input does not have.
func (l *linter) unknownField(s *shape, name string, at *ast.Term) {
	if s.path == "" && s != l.input {
		return // an object of the policy's own: the compiler says so
	}
	l.report("unknown-input-field", at.Location,
		fmt.Sprintf("%s has no field %q, so that what refers to it is always undefined", pathText(s.path), name),
		insteadOf(name, s.names()))
}

// noField reports a field of what has none.
func (l *linter) noField(t *ast.Term, s *shape, name string, at *ast.Term) {
	if s.path == "" || s.open {
		return
	}
	fix := ""
	if s.kinds == arrayKind {
		coll := pathText(s.path)
		fix = fmt.Sprintf("some x in %s; x == %q", coll, name)
		switch fields := s.elem.names(); {
		case slices.Contains(fields, name):
			fix = fmt.Sprintf("some x in %s; x.%s …", coll, name)
		case slices.Contains(fields, "name"):
			fix = fmt.Sprintf("some x in %s; x.name == %q", coll, name)
		}
	}
	l.report("unknown-input-field", at.Location,
		fmt.Sprintf("%s is %s and has no field %q, so that %s is always undefined", pathText(s.path), s.kinds, name, termText(t)), fix)
}

// pathText is a path of the input as Rego writes it.
func pathText(path string) string {
	out := "input"
	for _, part := range pointerParts(path) {
		if part == "*" {
			out += "[_]"
			continue
		}
		out += "." + part
	}
	return out
}

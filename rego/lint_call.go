package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// arity returns how many arguments a builtin or function takes, or -1.
func (l *linter) arity(op ast.Ref, sc *scope) int {
	if len(op) == 0 {
		return -1
	}
	if g, rest := l.rule(op, sc); g != nil {
		if n := len(g.clauses[0].rule.Head.Args); n > 0 && len(rest) == 0 {
			return n
		}
		return -1
	}
	b := ast.BuiltinMap[op.String()]
	if b == nil || b.Decl == nil || b.Infix != "" || b.Decl.Result() == nil || b.Name == "internal.member_2" || b.Name == "internal.member_3" {
		return -1
	}
	return len(b.Decl.FuncArgs().Args)
}

// inferCall says what a call returns. A call has no value where one of its
// arguments has none.
func (l *linter) inferCall(t *ast.Term, op ast.Ref, args []*ast.Term, sc *scope) value {
	var out value
	shapes := make([]*shape, len(args))
	for i, a := range args {
		v := l.infer(a, sc)
		shapes[i] = v.shape
		out.many = out.many || v.many
		if out.gap == nil {
			out.gap = v.gap
		}
	}
	if g, rest := l.rule(op, sc); g != nil {
		res := l.result(g)
		if len(rest) == 0 {
			out.shape = res.shape
			if out.gap == nil && res.gap != nil {
				out.gap = &gap{t, res.gap.why}
			}
		}
		return out
	}
	name := op.String()
	b := ast.BuiltinMap[name]
	if b == nil || b.Decl == nil {
		return out
	}
	out.shape = typeShape(b.Decl.Result())
	if b.Name == "walk" {
		out.many = true
		return out
	}
	l.refine(t, b.Name, args, shapes, &out, sc)
	return out
}

// refine knows more of some builtins than their type.
func (l *linter) refine(t *ast.Term, name string, args []*ast.Term, s []*shape, out *value, sc *scope) {
	arg := func(i int) *shape {
		if i < len(s) {
			return s[i]
		}
		return nil
	}
	gapped := func(why string) {
		if out.gap == nil {
			out.gap = &gap{t, why}
		}
	}
	switch name {
	case "lower", "upper":
		out.shape = &shape{kinds: stringKind, lower: name == "lower", upper: name == "upper"}
	case "trim", "trim_space", "trim_left", "trim_right", "trim_prefix", "trim_suffix", "substring":
		out.shape = &shape{kinds: stringKind}
		if a := arg(0); a != nil {
			out.shape.lower, out.shape.upper = a.lower, a.upper
		}
	case "split":
		// There is a first part, whatever the string.
		out.shape = &shape{kinds: arrayKind, elem: &shape{kinds: stringKind}, items: []*shape{{kinds: stringKind}}}
	case "array.slice", "array.reverse":
		out.shape = &shape{kinds: arrayKind, elem: arg(0).members()}
	case "sort":
		out.shape = &shape{kinds: arrayKind, elem: arg(0).members()}
	case "array.concat":
		out.shape = &shape{kinds: arrayKind, elem: eitherMembers(arg(0), arg(1))}
	case "or", "and":
		out.shape = &shape{kinds: setKind, elem: eitherMembers(arg(0), arg(1))}
	case "minus":
		if arg(0).known() == setKind || arg(1).known() == setKind {
			out.shape = &shape{kinds: setKind, elem: arg(0).members()}
		}
	case "max", "min":
		out.shape = arg(0).members()
		if out.shape != nil && out.shape.open {
			out.shape = nil
		}
		if !arg(0).filled() {
			gapped(whyEmpty)
		}
	case "object.get":
		out.shape, out.gap = l.inferGet(args, s, sc), firstGap(l, args, sc)
	case "object.keys":
		out.shape = &shape{kinds: setKind, elem: keysOf(arg(0))}
	case "json.unmarshal", "yaml.unmarshal":
		out.shape = openShape("")
	case "type_name":
		for _, n := range []string{"null", "boolean", "number", "string", "array", "object", "set"} {
			out.shape.consts = append(out.shape.consts, ast.String(n))
		}
		out.shape.enum = true
	}
}

func firstGap(l *linter, args []*ast.Term, sc *scope) *gap {
	for _, a := range args {
		if g := l.infer(a, sc).gap; g != nil {
			return g
		}
	}
	return nil
}

// eitherMembers is the shape of members of either collection.
func eitherMembers(a, b *shape) *shape {
	switch {
	case a.empty():
		return b.members()
	case b.empty():
		return a.members()
	}
	return joined(a.members(), b.members(), false)
}

// inferGet is the shape of what object.get finds, or of its default.
func (l *linter) inferGet(args []*ast.Term, s []*shape, sc *scope) *shape {
	if len(args) < 3 {
		return nil
	}
	found, always := l.lookIn(s[0], args[1], sc)
	if always {
		return found
	}
	if found == nil {
		return nil
	}
	if found.open {
		return openShape("")
	}
	return joined(found, s[2], false)
}

// lookIn follows a key, or a list of keys, as object.get does. The second result
// says that the value is always there.
func (l *linter) lookIn(s *shape, key *ast.Term, sc *scope) (*shape, bool) {
	keys := []*ast.Term{key}
	if list, ok := key.Value.(*ast.Array); ok {
		keys = nil
		for i := range list.Len() {
			keys = append(keys, list.Elem(i))
		}
	}
	always := true
	for _, k := range keys {
		if s == nil {
			return nil, false
		}
		name, ok := constantOf(k).(ast.String)
		if !ok {
			return nil, false
		}
		f, has := s.fields[string(name)]
		if !has {
			if s.open {
				return openShape(""), false
			}
			return nil, false
		}
		always = always && s.always[string(name)] && s.kinds == objectKind
		s = f
	}
	return s, always
}

package rego

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkTypes reports an argument of a type that the builtin never takes.
func (l *linter) checkTypes(b *ast.Builtin, c lintCall) {
	if b.Decl == nil || b.Infix != "" && b.Name != "minus" && b.Name != "and" && b.Name != "or" {
		return
	}
	for i, t := range b.Decl.FuncArgs().Args {
		if i >= len(c.args) {
			return
		}
		want, have := typeShape(t), l.infer(c.args[i], c.sc).shape
		if want == nil || have == nil {
			continue
		}
		switch {
		case want.kinds&have.kinds == 0:
			fix := ""
			if have.kinds == arrayKind && want.kinds&setKind != 0 {
				fix = fmt.Sprintf("make a set of the list: {x | some x in %s}", termText(c.args[i]))
			} else if have.kinds == arrayKind && want.kinds&stringKind != 0 {
				fix = fmt.Sprintf("some x in %s, and %s of x", termText(c.args[i]), b.Name)
			}
			l.report("argument-type", c.args[i].Location,
				fmt.Sprintf("%s takes %s, and %s is %s: the call fails", b.Name, want.kinds, termText(c.args[i]), have.kinds), fix)
		case want.elem != nil && have.kinds&(arrayKind|setKind) != 0 && have.filledOrListed():
			if m := have.members(); m != nil && !m.open && want.elem.kinds&m.kinds == 0 && m.kinds != 0 {
				l.report("argument-type", c.args[i].Location,
					fmt.Sprintf("%s takes members that are %s, and those of %s are %s: the call fails", b.Name, want.elem.kinds, termText(c.args[i]), m.kinds), "")
			}
		}
	}
}

// filledOrListed says that s has members, or is a list of the input.
func (s *shape) filledOrListed() bool { return s.path != "" || s.filled() }

// ordered are builtins with two arguments that are easily swapped: which of
// them is the constant.
var ordered = map[string]struct {
	constant, other int
	usage           string
}{
	"regex.match":       {1, 0, "regex.match(pattern, value)"},
	"glob.match":        {2, 0, "glob.match(pattern, delimiters, value)"},
	"startswith":        {0, 1, "startswith(value, prefix)"},
	"endswith":          {0, 1, "endswith(value, suffix)"},
	"contains":          {0, 1, "contains(value, part)"},
	"split":             {0, 1, "split(value, delimiter)"},
	"trim_prefix":       {0, 1, "trim_prefix(value, prefix)"},
	"trim_suffix":       {0, 1, "trim_suffix(value, suffix)"},
	"trim":              {0, 1, "trim(value, characters)"},
	"net.cidr_contains": {1, 0, "net.cidr_contains(network, address)"},
}

// checkOrder warns of a constant where the value belongs that a call is about.
func (l *linter) checkOrder(name string, c lintCall) {
	o, ok := ordered[name]
	if !ok || len(c.args) <= max(o.constant, o.other) || constantOf(c.args[o.constant]) == nil {
		return
	}
	other := c.args[o.other]
	if s := l.infer(other, c.sc).shape; s != nil && s.consts != nil {
		return
	}
	switch other.Value.(type) {
	case ast.Ref, ast.Var:
	default:
		return
	}
	// Whether a path stands above another: a deny may well ask that.
	if s, ok := constantOf(c.args[o.constant]).(ast.String); ok && name == "startswith" && c.pol == fires &&
		strings.HasPrefix(string(s), "/") && !strings.HasSuffix(string(s), "/") {
		return
	}
	l.report("argument-order", c.loc(),
		fmt.Sprintf("%s stands where %s takes the value that it looks at", termText(c.args[o.constant]), name), "write "+o.usage)
}

// checkArguments holds a call of a function against the constants in the heads
// of its clauses.
func (l *linter) checkArguments(g *ruleGroup, c lintCall) {
	for i, a := range c.args {
		s := l.infer(a, c.sc).shape
		if s == nil || !s.enum {
			continue
		}
		for _, cl := range g.clauses {
			if i >= len(cl.rule.Head.Args) {
				continue
			}
			arg := cl.rule.Head.Args[i]
			if v := constantOf(arg); v != nil && !hasValue(s.consts, v) && !emptyString(v) && len(g.args) == 1 {
				l.report("enum-value", arg.Location, fmt.Sprintf("%s is never %s: this clause is never used", termText(a), v), enumFix(s.consts, []ast.Value{v}))
			}
		}
	}
}

// checkKeys holds the keys that builtins take as strings against the input.
func (l *linter) checkKeys(name string, c lintCall) {
	if len(c.args) < 2 {
		return
	}
	s := l.infer(c.args[0], c.sc).shape
	if s == nil || s.path == "" && s != l.input {
		return
	}
	switch name {
	case "object.get", "object.filter", "object.remove", "object.subset":
		if s.kinds != objectKind {
			return // a wrong type, and no key
		}
	}
	switch name {
	case "object.get":
		if list, ok := c.args[1].Value.(*ast.Array); ok {
			l.checkPath(s, list)
		} else {
			l.checkPath(s, ast.NewArray(c.args[1]))
		}
		if found, always := l.lookIn(s, c.args[1], c.sc); always && len(c.args) > 2 {
			if d := constantOf(c.args[2]); d != nil && !zeroValue(d) && found != nil {
				l.report("unused-default", c.args[2].Location,
					fmt.Sprintf("%s is always there, and empty where it does not apply: the default is never used", pathText(found.path)),
					"compare with the empty value")
			}
		}
	case "object.filter", "object.remove":
		for _, k := range literalMembers(c.args[1]) {
			l.checkPath(s, ast.NewArray(k))
		}
	case "json.filter", "json.remove":
		for _, k := range literalMembers(c.args[1]) {
			if list, ok := k.Value.(*ast.Array); ok {
				l.checkPath(s, list)
			} else if p, ok := constantOf(k).(ast.String); ok {
				l.checkPath(s, pathTerms(string(p), k))
			}
		}
	case "object.subset":
		if obj, ok := c.args[1].Value.(ast.Object); ok {
			obj.Foreach(func(k, _ *ast.Term) { l.checkPath(s, ast.NewArray(k)) })
		}
	case "walk":
		if pair, ok := c.args[1].Value.(*ast.Array); ok && pair.Len() == 2 {
			if list, ok := pair.Elem(0).Value.(*ast.Array); ok {
				l.checkPath(s, list)
			}
		}
	}
}

func zeroValue(v ast.Value) bool {
	switch v := v.(type) {
	case ast.Null:
		return true
	case ast.Boolean:
		return !bool(v)
	case ast.Number:
		return v == "0"
	case ast.String:
		return v == ""
	}
	return false
}

func pathTerms(path string, at *ast.Term) *ast.Array {
	var list []*ast.Term
	for _, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		list = append(list, ast.StringTerm(part).SetLocation(at.Location))
	}
	return ast.NewArray(list...)
}

// checkPath follows a list of keys through the input as far as it is constant.
func (l *linter) checkPath(s *shape, keys *ast.Array) {
	for i := range keys.Len() {
		k := keys.Elem(i)
		if s == nil || s.open {
			return
		}
		name, ok := constantOf(k).(ast.String)
		switch {
		case s.kinds == objectKind && ok && s.fields[string(name)] != nil:
			s = s.fields[string(name)]
		case s.kinds == objectKind && ok && s.closed:
			l.report("unknown-key", k.Location,
				fmt.Sprintf("%s has no field %q, so that nothing is ever found there", pathText(s.path), string(name)), insteadOf(string(name), s.names()))
			return
		case s.kinds == arrayKind && !ok:
			s = s.members()
		case s.kinds == arrayKind && constantOf(k) != nil:
			if strings.Trim(string(name), "0123456789") != "" {
				l.report("unknown-key", k.Location, fmt.Sprintf("%s is a list and has no field %q", pathText(s.path), string(name)), "")
				return
			}
			s = s.members()
		default:
			return
		}
	}
}

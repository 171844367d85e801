package rego

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/open-policy-agent/opa/v1/ast"
)

// callOf returns the operator and the arguments of an expression that is a call.
func callOf(e *ast.Expr) (ast.Ref, []*ast.Term) {
	terms, ok := e.Terms.([]*ast.Term)
	if !ok || len(terms) == 0 {
		return nil, nil
	}
	op, ok := terms[0].Value.(ast.Ref)
	if !ok {
		return nil, nil
	}
	return op, terms[1:]
}

// operands are the terms of an expression that it evaluates in its own scope.
func operands(e *ast.Expr) []*ast.Term {
	var terms []*ast.Term
	switch v := e.Terms.(type) {
	case []*ast.Term:
		if len(v) > 0 {
			terms = append(terms, v[1:]...)
		}
	case *ast.Term:
		terms = append(terms, v)
	case *ast.Every:
		terms = append(terms, v.Domain)
	case *ast.SomeDecl:
		for _, s := range v.Symbols {
			if call, ok := s.Value.(ast.Call); ok {
				terms = append(terms, call[1:]...)
			}
		}
	}
	for _, w := range e.With {
		terms = append(terms, w.Value)
	}
	return terms
}

// eachTerm visits a term and those below it, without what stands in closures, as
// long as visit returns true.
func eachTerm(t *ast.Term, visit func(*ast.Term) bool) {
	if t == nil || !visit(t) {
		return
	}
	for _, c := range subterms(t) {
		eachTerm(c, visit)
	}
}

func subterms(t *ast.Term) []*ast.Term {
	var list []*ast.Term
	switch v := t.Value.(type) {
	case ast.Ref:
		for i, c := range v {
			switch c.Value.(type) {
			case ast.String, ast.Number, ast.Boolean, ast.Null:
			case ast.Var:
				if i > 0 {
					list = append(list, c)
				}
			default:
				list = append(list, c)
			}
		}
	case ast.Call:
		list = v[1:]
	case *ast.Array:
		for i := range v.Len() {
			list = append(list, v.Elem(i))
		}
	case ast.Object:
		v.Foreach(func(k, v *ast.Term) { list = append(list, k, v) })
	case ast.Set:
		list = v.Slice()
	case *ast.TemplateString:
		for _, p := range v.Parts {
			switch p := p.(type) {
			case *ast.Term:
				list = append(list, p)
			case *ast.Expr:
				list = append(list, operands(p)...)
			}
		}
	}
	return list
}

// prefixTerm is the reference t up to its nth part.
func prefixTerm(t *ast.Term, n int) *ast.Term {
	ref := t.Value.(ast.Ref)
	if n == 1 {
		return ref[0]
	}
	return ast.NewTerm(slices.Clone(ref[:n])).SetLocation(t.Location)
}

// importOf returns the import that gives a module the name v, or nil.
func importOf(m *module, v ast.Var) *ast.Import {
	for _, imp := range m.ast.Imports {
		if ref, ok := imp.Path.Value.(ast.Ref); ok && ref[0].Value != ast.Var("rego") && ref[0].Value != ast.Var("future") && imp.Name() == v {
			return imp
		}
	}
	return nil
}

// constantOf returns the value of a term that is a scalar.
func constantOf(t *ast.Term) ast.Value {
	if t == nil || kindsOf(t.Value)&scalarKinds == 0 || kindsOf(t.Value) == anyKind {
		return nil
	}
	if _, ok := t.Value.(*ast.TemplateString); ok {
		return nil
	}
	return t.Value
}

// termText is a term as it stands in the file, on one line.
func termText(t *ast.Term) string {
	if t.Location != nil && len(t.Location.Text) > 0 {
		if _, ok := t.Value.(ast.Ref); !ok || !strings.Contains(string(t.Location.Text), "\n") {
			return snippet(t.Location.Text)
		}
	}
	return snippet([]byte(t.String()))
}

// nearName returns the name that a misspelt one most likely stands for, or "".
func nearName(name string, names []string) string {
	best, distance := "", 1+len(name)/3
	for _, n := range slices.Sorted(slices.Values(names)) {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(n)); d <= distance && (best == "" || d < distance) {
			best, distance = n, d
		}
	}
	return best
}

// nameList lists names for a sentence.
func nameList(names []string) string {
	names = slices.Sorted(slices.Values(names))
	if len(names) > 12 {
		names = append(names[:12], "…")
	}
	return strings.Join(names, ", ")
}

// insteadOf is the fix for a name that does not exist.
func insteadOf(name string, names []string) string {
	if n := nearName(name, names); n != "" {
		return "write " + n
	}
	if len(names) == 0 {
		return ""
	}
	return "there are " + nameList(names)
}

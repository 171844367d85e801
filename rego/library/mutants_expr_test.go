package library_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// operators are what a comparison is taken for.
var operators = map[string][]string{
	"equal": {"neq"},
	"neq":   {"equal"},
	"lt":    {"lte", "gte"},
	"lte":   {"lt", "gt"},
	"gt":    {"gte", "lte"},
	"gte":   {"gt", "lt"},
}

func exprChanges(e *ast.Expr) []change[*ast.Expr] {
	var out []change[*ast.Expr]
	with := func(edit func(*ast.Expr)) *ast.Expr {
		cp := *e
		edit(&cp)
		return &cp
	}
	_, isSome := e.Terms.(*ast.SomeDecl)
	if !isSome && !e.IsAssignment() {
		out = append(out, change[*ast.Expr]{"negation", "negate " + short(e), e.Location, func() *ast.Expr {
			return with(func(cp *ast.Expr) { cp.Negated = !e.Negated })
		}})
	}
	switch terms := e.Terms.(type) {
	case *ast.Term:
		out = append(out, within(termChanges(terms), func(t *ast.Term) *ast.Expr {
			return with(func(cp *ast.Expr) { cp.Terms = t })
		})...)
	case []*ast.Term:
		out = append(out, within(callChanges(terms, e.Location), func(ts []*ast.Term) *ast.Expr {
			return with(func(cp *ast.Expr) { cp.Terms = ts })
		})...)
	case *ast.SomeDecl:
		for i, symbol := range terms.Symbols {
			out = append(out, within(termChanges(symbol), func(t *ast.Term) *ast.Expr {
				return with(func(cp *ast.Expr) {
					decl := *terms
					decl.Symbols = slices.Clone(terms.Symbols)
					decl.Symbols[i] = t
					cp.Terms = &decl
				})
			})...)
		}
	case *ast.Every:
		withEvery := func(edit func(*ast.Every)) *ast.Expr {
			every := *terms
			edit(&every)
			return with(func(cp *ast.Expr) { cp.Terms = &every })
		}
		out = append(out, within(termChanges(terms.Domain), func(t *ast.Term) *ast.Expr {
			return withEvery(func(every *ast.Every) { every.Domain = t })
		})...)
		out = append(out, within(bodyChanges(terms.Body), func(b ast.Body) *ast.Expr {
			return withEvery(func(every *ast.Every) { every.Body = b })
		})...)
	}
	for i, w := range e.With {
		out = append(out, within(termChanges(w.Value), func(t *ast.Term) *ast.Expr {
			return with(func(cp *ast.Expr) {
				changed := *w
				changed.Value = t
				cp.With = slices.Clone(e.With)
				cp.With[i] = &changed
			})
		})...)
	}
	return out
}

// callChanges change a call: an operator and its operands.
func callChanges(terms []*ast.Term, loc *ast.Location) []change[[]*ast.Term] {
	var out []change[[]*ast.Term]
	name := terms[0].String()
	if ref, ok := terms[0].Value.(ast.Ref); ok {
		name = ref.String()
	}
	with := func(i int, t *ast.Term) []*ast.Term {
		cp := slices.Clone(terms)
		cp[i] = t
		return cp
	}
	for _, other := range operators[name] {
		out = append(out, change[[]*ast.Term]{"operator", fmt.Sprintf("%s for %s in %s", other, name, short(ast.CallTerm(terms...))), loc, func() []*ast.Term {
			return with(0, ast.NewTerm(ast.BuiltinMap[other].Ref()))
		}})
	}
	for i, t := range terms {
		if i == 0 {
			continue
		}
		changes := termChanges(t)
		if strings.HasPrefix(name, "regex.") && i == patternOf(name) {
			if s, ok := t.Value.(ast.String); ok {
				changes = patternChanges(string(s), t.Location)
			}
		}
		out = append(out, within(changes, func(t *ast.Term) []*ast.Term { return with(i, t) })...)
	}
	return out
}

// patternOf is which operand of a builtin is a pattern.
func patternOf(builtin string) int {
	if builtin == "regex.replace" {
		return 2
	}
	return 1
}

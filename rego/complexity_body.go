package rego

import (
	"math"

	"github.com/open-policy-agent/opa/v1/ast"
)

// body goes through a body. made is how many expressions the compiler adds to it
// for the head.
func (w *nesting) body(b ast.Body, loc *ast.Location, at depth, made int) {
	closures := w.closures
	for _, e := range b {
		if w.found != nil {
			return
		}
		made += 1 + w.expr(e, at)
	}
	n := float64(made)
	// The compiler puts the expressions in order. It goes over them once more for
	// each that stands in front of what it needs, and for each with a body of its
	// own, and looks at all variables each time.
	passes := 1 + float64(early(b))/4 + float64(w.closures-closures)/8
	w.cost(n*n*passes/40+n*math.Pow(2.4, float64(at.closures)), loc)
}

// early counts the expressions that stand in front of one that gives a variable
// of theirs its value.
func early(b ast.Body) int {
	given := map[ast.Var]int{}
	for i, e := range b {
		for _, v := range givenBy(e) {
			if _, twice := given[v]; !twice {
				given[v] = i
			}
		}
	}
	n := 0
	for i, e := range b {
		before := false
		for _, t := range operands(e) {
			eachTerm(t, func(t *ast.Term) bool {
				v, ok := t.Value.(ast.Var)
				if ref, isRef := t.Value.(ast.Ref); isRef {
					v, ok = ref[0].Value.(ast.Var)
				}
				at, known := given[v]
				before = before || ok && known && at > i
				return true
			})
		}
		if before {
			n++
		}
	}
	return n
}

// givenBy lists the variables that an expression may give their values.
func givenBy(e *ast.Expr) []ast.Var {
	var pattern *ast.Term
	if some, ok := e.Terms.(*ast.SomeDecl); ok {
		call, ok := some.Symbols[0].Value.(ast.Call)
		if !ok {
			return nil
		}
		pattern = ast.ArrayTerm(call[1 : len(call)-1]...)
	} else if op, args := callOf(e); op != nil && len(args) > 0 {
		pattern = args[len(args)-1] // a function may put its result there
		if e.IsAssignment() || e.IsEquality() {
			pattern = args[0]
		}
	}
	var vars []ast.Var
	eachTerm(pattern, func(t *ast.Term) bool {
		if v, ok := t.Value.(ast.Var); ok {
			vars = append(vars, v)
		}
		return true
	})
	return vars
}

func (w *nesting) cost(work float64, loc *ast.Location) {
	w.m.work += work
	if work > w.m.costliest {
		w.m.costliest, w.m.costly = work, loc
	}
}

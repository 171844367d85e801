package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// polarity says what it does to a deny where an expression is true: it lets it
// fire, keeps it silent, or either, by who asks.
type polarity uint8

const (
	fires    polarity = 1 << iota // as in a deny
	silences                      // as in a rule that a deny negates
)

func (p polarity) flip() polarity {
	var out polarity
	if p&fires != 0 {
		out |= silences
	}
	if p&silences != 0 {
		out |= fires
	}
	return out
}

// spread follows the rules from deny and warn to all that they ask. A rule that
// is not reached keeps no polarity.
func (l *linter) spread() {
	var todo []*ruleGroup
	add := func(g *ruleGroup, p polarity) {
		if g != nil && g.pol|p != g.pol {
			g.pol |= p
			todo = append(todo, g)
		}
	}
	for _, g := range l.order {
		if _, ok := policyName(g.pkg); ok && (g.name == "deny" || g.name == "warn") {
			add(g, fires)
		}
	}
	for len(todo) > 0 {
		g := todo[0]
		todo = todo[1:]
		for _, c := range g.clauses {
			s := &spreader{l: l, add: add}
			s.body(c.scope, g.pol)
			if ref := c.rule.Head.Ref(); len(ref) > 1 {
				for _, t := range ref[1:] {
					s.term(t, c.scope, g.pol)
				}
			}
		}
	}
}

type spreader struct {
	l   *linter
	add func(*ruleGroup, polarity)
}

func (s *spreader) body(sc *scope, p polarity) {
	for _, e := range sc.body {
		s.expr(e, sc, s.use(e, sc, p, map[*ast.Expr]bool{}))
	}
	for _, t := range sc.results {
		s.term(t, sc, p)
	}
}

// use is the polarity of an expression in a body of polarity p. What is only
// given a name has that of the expressions that use the name.
func (s *spreader) use(e *ast.Expr, sc *scope, p polarity, seen map[*ast.Expr]bool) polarity {
	if e.Negated {
		return p.flip()
	}
	v, _ := assigned(e)
	if v == "" || seen[e] {
		return p
	}
	seen[e] = true
	var out polarity
	for _, other := range sc.body {
		if other != e && s.l.mentions(other, v) {
			pol := s.use(other, sc, p, seen)
			if op, args := callOf(other); s.flips(op, args, v) {
				pol = pol.flip()
			}
			out |= pol
		}
	}
	for _, t := range sc.results {
		if s.l.mentions(t, v) {
			out |= p
		}
	}
	if out == 0 {
		return p
	}
	return out
}

// assigned returns the variable that an expression gives a value, and the value.
func assigned(e *ast.Expr) (ast.Var, *ast.Term) {
	op, args := callOf(e)
	if name := op.String(); len(args) != 2 || name != "assign" && name != "eq" || e.Negated {
		return "", nil
	}
	if v, ok := args[0].Value.(ast.Var); ok {
		return v, args[1]
	}
	return "", nil
}

// mentions says that v stands somewhere in an expression or term, closures
// included.
func (l *linter) mentions(node any, v ast.Var) bool {
	vars := l.uses[node]
	if vars == nil {
		vars = map[ast.Var]bool{}
		ast.WalkVars(node, func(have ast.Var) bool {
			vars[have] = true
			return false
		})
		l.uses[node] = vars
	}
	return vars[v]
}

// flips says that a comparison holds where the variable is false or nothing.
func (s *spreader) flips(op ast.Ref, args []*ast.Term, v ast.Var) bool {
	if len(args) != 2 {
		return false
	}
	for i, a := range args {
		if s.l.mentions(a, v) && negative(op.String(), args[1-i]) {
			return true
		}
	}
	return false
}

// negative says that comparing with other asks for nothing: == false, == 0, == [],
// != true.
func negative(op string, other *ast.Term) bool {
	none := false
	switch v := other.Value.(type) {
	case ast.Boolean:
		none = !bool(v)
	case ast.Number:
		none = v == "0"
	case *ast.Array:
		none = v.Len() == 0
	case ast.Set:
		none = v.Len() == 0
	case ast.Call:
		none = v[0].String() == "set" && len(v) == 1
	}
	switch op {
	case "equal", "eq":
		return none
	case "neq":
		return !none
	}
	return false
}

func (s *spreader) expr(e *ast.Expr, sc *scope, p polarity) {
	s.l.exprs[e] |= p
	for _, in := range s.l.bodies(e, sc) {
		inner := p
		if _, ok := e.Terms.(*ast.Not); ok {
			inner = p.flip()
		}
		s.body(in, inner)
	}
	op, args := callOf(e)
	if op != nil {
		s.call(op, args, sc, p)
		return
	}
	for _, t := range operands(e) {
		pol := p
		if _, ok := e.Terms.(*ast.Every); ok {
			pol = p.flip()
		}
		s.term(t, sc, pol)
	}
}

func (s *spreader) call(op ast.Ref, args []*ast.Term, sc *scope, p polarity) {
	if g, _ := s.l.rule(op, sc); g != nil {
		s.add(g, p)
	}
	for i, a := range args {
		pol := p
		switch name := op.String(); {
		case len(args) == 2 && negative(name, args[1-i]):
			pol = p.flip()
		case name == "minus" && i == 1:
			pol = p.flip()
		}
		s.term(a, sc, pol)
	}
}

func (s *spreader) term(t *ast.Term, sc *scope, p polarity) {
	s.l.terms[t] |= p
	if in := s.l.closure(t, sc); in != nil {
		s.body(in, p)
		return
	}
	switch v := t.Value.(type) {
	case ast.Call:
		if op, ok := v[0].Value.(ast.Ref); ok {
			s.call(op, v[1:], sc, p)
		}
		return
	case ast.Ref:
		if g, _ := s.l.rule(v, sc); g != nil {
			s.add(g, p)
		}
	case ast.Var:
		if g, _ := s.l.rule(ast.Ref{t}, sc); g != nil {
			s.add(g, p)
		}
	}
	for _, c := range subterms(t) {
		s.term(c, sc, p)
	}
}

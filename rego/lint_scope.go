package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// scope is a body with the variables that it declares.
type scope struct {
	l      *linter
	clause *clause
	parent *scope
	body   ast.Body
	// results are what the body is evaluated for: the head of a rule, or that of a
	// comprehension.
	results []*ast.Term
	vars    map[ast.Var]*binding
	known   map[bool]map[string]bool // see required
}

type bindForm int

const (
	byFree   bindForm = iota // declared by some, not yet bound
	byAssign                 // :=
	byUnify                  // =
	byMember                 // some x in, every x in
	byKey                    // an index of what is iterated over
	byParam                  // of a function
	byOutput                 // the last argument of a call
)

// binding is where a variable gets its value.
type binding struct {
	form bindForm
	from *ast.Term // the other side, or the collection
	expr *ast.Expr
	sc   *scope
	eval func() value
	val  *value
	busy bool
}

func (b *binding) value() value {
	if b.val != nil {
		return *b.val
	}
	if b.busy || b.eval == nil {
		return value{}
	}
	b.busy = true
	v := b.eval()
	b.busy = false
	b.val = &v
	return v
}

// find returns the binding of a local variable, or nil.
func (sc *scope) find(v ast.Var) *binding {
	for ; sc != nil; sc = sc.parent {
		if b := sc.vars[v]; b != nil {
			return b
		}
	}
	return nil
}

// local says whether v means nothing outside of the rule.
func (sc *scope) local(v ast.Var) bool {
	if sc.find(v) != nil {
		return true
	}
	if v == "input" || v == "data" || importOf(sc.clause.m, v) != nil {
		return false
	}
	return sc.l.groups[packageKey(sc.clause.m.path)][string(v)] == nil
}

// bound says whether v has a value before it is used as an index.
func (sc *scope) bound(v ast.Var) bool {
	b := sc.find(v)
	return b != nil && b.form != byKey && b.form != byFree
}

func (l *linter) ruleScope(c *clause) *scope {
	sc := &scope{l: l, clause: c, body: c.rule.Body, vars: map[ast.Var]*binding{}}
	if c.rule.Head.Key != nil {
		sc.results = append(sc.results, c.rule.Head.Key)
	}
	if c.rule.Head.Value != nil {
		sc.results = append(sc.results, c.rule.Head.Value)
	}
	if ref := c.rule.Head.Ref(); len(ref) > 1 && c == c.group.first(c) {
		sc.results = append(sc.results, ref[1:]...)
	}
	for i, arg := range c.rule.Head.Args {
		sc.bind(arg, binding{form: byParam}, func() value { return value{shape: l.param(c.group, i)} })
	}
	sc.declare()
	return sc
}

// first returns the clause of the rule that an else belongs to.
func (g *ruleGroup) first(c *clause) *clause {
	for _, other := range g.clauses {
		if other.rule == c.first {
			return other
		}
	}
	return c
}

// closure returns the scope of a comprehension, or nil.
func (l *linter) closure(t *ast.Term, parent *scope) *scope {
	var body ast.Body
	var results []*ast.Term
	switch v := t.Value.(type) {
	case *ast.ArrayComprehension:
		body, results = v.Body, []*ast.Term{v.Term}
	case *ast.SetComprehension:
		body, results = v.Body, []*ast.Term{v.Term}
	case *ast.ObjectComprehension:
		body, results = v.Body, []*ast.Term{v.Key, v.Value}
	default:
		return nil
	}
	return l.inner(t, parent, body, results, nil)
}

func (l *linter) inner(key any, parent *scope, body ast.Body, results []*ast.Term, prepare func(*scope)) *scope {
	if sc := l.closures[key]; sc != nil {
		return sc
	}
	sc := &scope{l: l, clause: parent.clause, parent: parent, body: body, results: results, vars: map[ast.Var]*binding{}}
	l.closures[key] = sc
	if prepare != nil {
		prepare(sc)
	}
	sc.declare()
	return sc
}

// bodies returns the scopes of the bodies that an expression has.
func (l *linter) bodies(e *ast.Expr, sc *scope) []*scope {
	switch v := e.Terms.(type) {
	case *ast.Every:
		return []*scope{l.inner(v, sc, v.Body, nil, func(in *scope) {
			domain := func() value { return l.infer(v.Domain, sc) }
			if v.Key != nil {
				in.bind(v.Key, binding{form: byKey, from: v.Domain}, func() value { return value{shape: keysOf(domain().shape)} })
			}
			in.bind(v.Value, binding{form: byMember, from: v.Domain}, func() value { return value{shape: domain().shape.members()} })
		})}
	case *ast.Not:
		return []*scope{l.inner(v, sc, v.Body, nil, nil)}
	case *ast.LogicalAnd:
		return []*scope{l.inner([2]any{v, 0}, sc, v.Lhs, nil, nil), l.inner([2]any{v, 1}, sc, v.Rhs, nil, nil)}
	case *ast.LogicalOr:
		return []*scope{l.inner([2]any{v, 0}, sc, v.Lhs, nil, nil), l.inner([2]any{v, 1}, sc, v.Rhs, nil, nil)}
	}
	return nil
}

// declare finds the variables of the body: first those that are declared, then
// those that = or an index binds.
func (sc *scope) declare() {
	l := sc.l
	for _, e := range sc.body {
		if decl, ok := e.Terms.(*ast.SomeDecl); ok {
			sc.declareSome(e, decl)
			continue
		}
		if op, args := callOf(e); op.String() == "assign" && len(args) == 2 {
			rhs := args[1]
			sc.bind(args[0], binding{form: byAssign, from: rhs, expr: e}, func() value { return l.infer(rhs, sc) })
		}
	}
	for _, e := range sc.body {
		if e.Negated {
			continue
		}
		op, args := callOf(e)
		if op.String() == "eq" && len(args) == 2 {
			sc.unify(e, args[0], args[1])
			sc.unify(e, args[1], args[0])
		}
		if n := l.arity(op, sc); n >= 0 && len(args) == n+1 {
			call := ast.NewTerm(append(ast.Call{ast.NewTerm(op)}, args[:n]...)).SetLocation(e.Location)
			sc.fill(args[n], binding{form: byOutput, from: call, expr: e}, func() value { return l.infer(call, sc) })
		}
	}
	for _, e := range sc.body {
		if !e.Negated {
			for _, t := range operands(e) {
				sc.indexes(t)
			}
		}
	}
	for _, t := range sc.results {
		sc.indexes(t)
	}
}

func (sc *scope) declareSome(e *ast.Expr, decl *ast.SomeDecl) {
	l := sc.l
	for _, s := range decl.Symbols {
		call, ok := s.Value.(ast.Call)
		if !ok {
			if v, ok := s.Value.(ast.Var); ok {
				sc.vars[v] = &binding{form: byFree, sc: sc, expr: e}
			}
			continue
		}
		coll := call[len(call)-1]
		in := func() value { return l.infer(coll, sc) }
		if len(call) == 4 {
			sc.bind(call[1], binding{form: byKey, from: coll, expr: e}, func() value { return value{shape: keysOf(in().shape)} })
		}
		sc.bind(call[len(call)-2], binding{form: byMember, from: coll, expr: e}, func() value { return value{shape: in().shape.members()} })
	}
}

// bind declares the variables of a pattern, which is matched with what get
// returns.
func (sc *scope) bind(pattern *ast.Term, b binding, get func() value) {
	sc.match(pattern, b, get, func(v ast.Var) bool { return sc.vars[v] == nil })
}

// fill binds those variables of a pattern that nothing else has bound.
func (sc *scope) fill(pattern *ast.Term, b binding, get func() value) {
	sc.match(pattern, b, get, sc.unbound)
}

func (sc *scope) unbound(v ast.Var) bool {
	b := sc.find(v)
	return b == nil && sc.local(v) || b != nil && b.form == byFree
}

func (sc *scope) match(pattern *ast.Term, b binding, get func() value, want func(ast.Var) bool) {
	switch p := pattern.Value.(type) {
	case ast.Var:
		if !p.IsWildcard() && want(p) {
			b.sc, b.eval = sc, get
			if old := sc.find(p); old != nil && old.form == byFree {
				*old = b
				return
			}
			sc.vars[p] = &b
		}
	case *ast.Array:
		for i := range p.Len() {
			sc.match(p.Elem(i), b, func() value {
				whole := get()
				if whole.shape != nil && i < len(whole.shape.items) {
					return value{shape: whole.shape.items[i]}
				}
				return value{shape: whole.shape.members()}
			}, want)
		}
	case ast.Object:
		p.Foreach(func(k, v *ast.Term) {
			sc.match(v, b, func() value {
				name, ok := k.Value.(ast.String)
				if whole := get(); ok && whole.shape != nil {
					return value{shape: whole.shape.fields[string(name)]}
				}
				return value{}
			}, want)
		})
	}
}

func (sc *scope) unify(e *ast.Expr, pattern, other *ast.Term) {
	if _, ok := pattern.Value.(ast.Ref); !ok {
		sc.fill(pattern, binding{form: byUnify, from: other, expr: e}, func() value { return sc.l.infer(other, sc) })
	}
}

// indexes binds the variables that stand as an index of a reference.
func (sc *scope) indexes(t *ast.Term) {
	eachTerm(t, func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		for i := 1; ok && i < len(ref); i++ {
			v, isVar := ref[i].Value.(ast.Var)
			if !isVar || v.IsWildcard() || !sc.unbound(v) {
				continue
			}
			coll := prefixTerm(t, i)
			b := &binding{form: byKey, from: coll, sc: sc}
			b.eval = func() value { return value{shape: keysOf(sc.l.infer(coll, sc).shape)} }
			if old := sc.find(v); old != nil {
				*old = *b
			} else {
				sc.vars[v] = b
			}
		}
		return true
	})
}

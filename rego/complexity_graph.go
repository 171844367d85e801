package rego

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ruleGraph is which rules refer to which. Rules of one name in one package are
// one group.
type ruleGraph struct {
	c      *unitCompiler
	root   *groupNode
	groups []*namedRules
	// work is what looking for recursion costs for the rules of a module, and
	// costly one of those rules.
	work   map[*module]float64
	costly map[*module]*ast.Location
	// imports are what the names that a module imports stand for.
	imports map[*module]map[ast.Var]ast.Ref
}

// groupNode is a place below data.
type groupNode struct {
	below map[string]*groupNode
	group *namedRules // nil for a package
}

type namedRules struct {
	index  int
	name   string
	rules  []ruleAt
	refers []*namedRules
	edges  int // of all rules of the group
	seen   int // by which rule it was reached last, counted from 1
	extent *extent
	busy   bool // the extent is being found
}

type ruleAt struct {
	m      *module
	rule   *ast.Rule
	refers []*namedRules
	edges  int // how many rules that are
}

func newRuleGraph(c *unitCompiler) *ruleGraph {
	g := &ruleGraph{
		c: c, root: &groupNode{}, work: map[*module]float64{}, costly: map[*module]*ast.Location{},
		imports: map[*module]map[ast.Var]ast.Ref{},
	}
	for _, pkg := range c.packages {
		for _, m := range c.byPackage[pkg] {
			g.module(m)
		}
	}
	for _, m := range c.src.masks {
		g.module(m)
	}
	for _, group := range g.groups {
		g.connect(group)
	}
	return g
}

func (g *ruleGraph) module(m *module) {
	names := map[ast.Var]ast.Ref{}
	for _, imp := range m.ast.Imports {
		if path, ok := imp.Path.Value.(ast.Ref); ok {
			names[imp.Name()] = path
		}
	}
	g.imports[m] = names
	at := g.root
	for _, name := range m.path {
		at = at.child(name)
	}
	for _, r := range m.ast.Rules {
		g.add(at.child(headName(r)), ruleAt{m: m, rule: r})
	}
}

func (n *groupNode) child(name string) *groupNode {
	if n.below == nil {
		n.below = map[string]*groupNode{}
	}
	if n.below[name] == nil {
		n.below[name] = &groupNode{}
	}
	return n.below[name]
}

func (g *ruleGraph) add(at *groupNode, r ruleAt) {
	if at.group == nil {
		at.group = &namedRules{index: len(g.groups), name: headName(r.rule)}
		g.groups = append(g.groups, at.group)
	}
	at.group.rules = append(at.group.rules, r)
}

// connect finds the rules that those of one name refer to.
func (g *ruleGraph) connect(group *namedRules) {
	all := map[*namedRules]bool{}
	for i := range group.rules {
		r := &group.rules[i]
		of := map[*namedRules]bool{}
		for rule := r.rule; rule != nil; rule = rule.Else {
			g.references(r.m, rule, of)
		}
		for to := range of {
			r.edges += len(to.rules)
			all[to] = true
		}
		r.refers = sortedRules(of)
		group.edges += r.edges
	}
	group.refers = sortedRules(all)
}

func sortedRules(set map[*namedRules]bool) []*namedRules {
	return slices.SortedFunc(maps.Keys(set), func(a, b *namedRules) int { return a.index - b.index })
}

// references adds the groups that one rule refers to.
func (g *ruleGraph) references(m *module, r *ast.Rule, of map[*namedRules]bool) {
	var visit *ast.GenericVisitor
	visit = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			g.each(g.node(m, x), of)
			// On its own the first step of data.mcp.settings would be all of data.
			if _, ok := x[0].Value.(ast.Var); ok {
				x = x[1:]
			}
			for _, t := range x {
				visit.Walk(t)
			}
			return true
		case ast.Var:
			g.each(g.node(m, ast.Ref{ast.NewTerm(x)}), of)
		}
		return false
	})
	for _, t := range r.Head.Ref()[1:] {
		visit.Walk(t)
	}
	visit.Walk(r.Head.Args)
	for _, t := range []*ast.Term{r.Head.Key, r.Head.Value} {
		if t != nil {
			visit.Walk(t)
		}
	}
	visit.Walk(r.Body)
}

// each adds the groups at and below a place to of.
func (g *ruleGraph) each(n *groupNode, of map[*namedRules]bool) {
	if n == nil {
		return
	}
	if n.group != nil {
		of[n.group] = true
	}
	for _, below := range n.below {
		g.each(below, of)
	}
}

// node returns the group or package that a reference leads to, or nil. A local
// variable with the name of a rule counts as the rule.
func (g *ruleGraph) node(m *module, ref ast.Ref) *groupNode {
	n, _ := g.find(m, ref)
	return n
}

// find is node with what is left of the reference.
func (g *ruleGraph) find(m *module, ref ast.Ref) (*groupNode, ast.Ref) {
	head, ok := ref[0].Value.(ast.Var)
	if !ok {
		return nil, nil
	}
	at, rest := g.root, ref[1:]
	if head != ast.DefaultRootDocument.Value.(ast.Var) {
		if path := g.imports[m][head]; path != nil {
			if path[0].Value.Compare(ast.DefaultRootDocument.Value) != 0 {
				return nil, nil
			}
			rest = slices.Concat(path[1:], rest)
		} else {
			for _, name := range m.path {
				if at = at.below[name]; at == nil {
					return nil, nil
				}
			}
			if at = at.below[string(head)]; at == nil {
				return nil, nil
			}
		}
	}
	for at.group == nil && len(rest) > 0 {
		name, ok := rest[0].Value.(ast.String)
		if !ok {
			break
		}
		below := at.below[string(name)]
		if below == nil {
			return nil, nil
		}
		at, rest = below, rest[1:]
	}
	return at, rest
}

// tooMany refuses more rules than can be compiled.
func (g *ruleGraph) tooMany() []error {
	n := 0
	for _, group := range g.groups {
		n += len(group.rules)
	}
	if n <= maxAllRules {
		return nil
	}
	return []error{fault(tooComplex, "", "put what the rules have in common into one, and the rest into data.yaml",
		"the source has %d rules, and at most %d are compiled", n, maxAllRules)}
}

// tooDeep refuses rules that refer to so many others, over as many steps, that
// looking for a circle takes too long. The compiler follows every reference once
// more for each rule.
func (g *ruleGraph) tooDeep() []error {
	const perStep = 5 // references that the compiler follows in one step of work
	total, number := 0.0, 0
	for _, group := range g.groups {
		for _, r := range group.rules {
			number++
			reached := r.edges + g.reached(r.refers, number)
			work := float64(reached) / perStep
			g.work[r.m] += work
			if g.costly[r.m] == nil {
				g.costly[r.m] = r.rule.Location
			}
			if total += work; total > maxWork {
				return []error{tooComplexAt(r.m, r.rule.Location, "let fewer rules refer to each other: take the middle of the chain out, or look values up in an object",
					"rule %s refers to %d others, directly or not, and so do many: that takes too long to compile", group.name, reached)}
			}
		}
	}
	return nil
}

// reached counts the rules that lead on from some, and what these refer to. The
// number is one that was not used before.
func (g *ruleGraph) reached(from []*namedRules, number int) int {
	n := 0
	var stack []*namedRules
	visit := func(list []*namedRules) {
		for _, to := range list {
			if to.seen != number {
				to.seen = number
				stack = append(stack, to)
			}
		}
	}
	for visit(from); len(stack) > 0; {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n += len(at.rules) + at.edges
		visit(at.refers)
	}
	return n
}

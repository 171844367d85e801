package rego

import (
	"cmp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// lintSource looks for rules that are valid and do not do what they seem to:
// mostly those that leave a deny silent. The modules need not compile. What a
// rule reads of the input is judged by schema; where that is nil, nothing is
// known of the input.
func lintSource(src *source, schema []byte) []Finding {
	l := &linter{
		src:      src,
		input:    schemaShape(schema),
		groups:   map[string]map[string]*ruleGroup{},
		values:   map[*ast.Term]value{},
		closures: map[any]*scope{},
		exprs:    map[*ast.Expr]polarity{},
		terms:    map[*ast.Term]polarity{},
		uses:     map[any]map[ast.Var]bool{},
	}
	l.collect()
	l.spread()
	for _, m := range src.modules {
		l.module(m)
	}
	for _, check := range l.later {
		check()
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.CompactFunc(l.found, func(a, b Finding) bool {
		return a.File == b.File && a.Row == b.Row && a.Col == b.Col && a.Rule == b.Rule
	})
}

// linter is one look at one source. What it infers it keeps by term.
type linter struct {
	src    *source
	input  *shape
	groups map[string]map[string]*ruleGroup // by package key and name
	order  []*ruleGroup

	values   map[*ast.Term]value
	closures map[any]*scope
	exprs    map[*ast.Expr]polarity
	terms    map[*ast.Term]polarity
	uses     map[any]map[ast.Var]bool // see mentions
	asked    map[*ruleGroup]bool      // see checkClause
	later    []func()                 // checks for when all is inferred
	found    []Finding
}

// ruleGroup is all rules of one name in one package.
type ruleGroup struct {
	pkg     []string
	name    string
	clauses []*clause
	ours    bool // of the source, not of the library
	pol     polarity

	args   [][]*argument // of each call
	result *value
	busy   bool
}

// clause is one rule, or one else of it, in its module.
type clause struct {
	m     *module
	group *ruleGroup
	rule  *ast.Rule
	scope *scope
	first *ast.Rule // the rule that an else belongs to
}

type argument struct {
	term *ast.Term
	sc   *scope
}

// collect finds all rules, their scopes, and who calls which function.
func (l *linter) collect() {
	library, err := libPackages("mcp", "lib")
	if err != nil {
		library = nil // the program's own modules have tests
	}
	for _, m := range slices.Concat(l.src.modules, library) {
		for _, r := range m.ast.Rules {
			head := r.Head.Ref()
			name, ok := head[0].Value.(ast.Var)
			if !ok {
				continue
			}
			key := packageKey(m.path)
			if l.groups[key] == nil {
				l.groups[key] = map[string]*ruleGroup{}
			}
			g := l.groups[key][string(name)]
			if g == nil {
				g = &ruleGroup{pkg: m.path, name: string(name), ours: l.src.byFile[m.name] == m}
				l.groups[key][string(name)] = g
				l.order = append(l.order, g)
			}
			for e := r; e != nil; e = e.Else {
				g.clauses = append(g.clauses, &clause{m: m, group: g, rule: e, first: r})
			}
		}
	}
	for _, g := range l.order {
		for _, c := range g.clauses {
			c.scope = l.ruleScope(c)
		}
	}
	for _, g := range l.order {
		for _, c := range g.clauses {
			l.calls(c.scope, func(op ast.Ref, args []*ast.Term, sc *scope) {
				if f, rest := l.rule(op, sc); f != nil && len(rest) == 0 {
					list := make([]*argument, len(args))
					for i, a := range args {
						list[i] = &argument{a, sc}
					}
					f.args = append(f.args, list)
				}
			})
		}
	}
}

// calls visits every call in a rule, also those in closures.
func (l *linter) calls(sc *scope, visit func(op ast.Ref, args []*ast.Term, sc *scope)) {
	l.eachBody(sc, func(sc *scope) {
		terms := slices.Clone(sc.results)
		for _, e := range sc.body {
			if op, args := callOf(e); op != nil {
				visit(op, args, sc)
			}
			terms = append(terms, operands(e)...)
		}
		for _, t := range terms {
			eachTerm(t, func(t *ast.Term) bool {
				if call, ok := t.Value.(ast.Call); ok {
					if op, ok := call[0].Value.(ast.Ref); ok {
						visit(op, call[1:], sc)
					}
				}
				return true
			})
		}
	})
}

// eachBody visits a scope and all closures in it.
func (l *linter) eachBody(sc *scope, visit func(*scope)) {
	visit(sc)
	terms := slices.Clone(sc.results)
	for _, e := range sc.body {
		for _, inner := range l.bodies(e, sc) {
			l.eachBody(inner, visit)
		}
		terms = append(terms, operands(e)...)
	}
	for _, t := range terms {
		eachTerm(t, func(t *ast.Term) bool {
			if inner := l.closure(t, sc); inner != nil {
				l.eachBody(inner, visit)
			}
			return true
		})
	}
}

// module lints one module of the source.
func (l *linter) module(m *module) {
	l.checkImports(m)
	l.checkHidden(m)
	for _, r := range m.ast.Rules {
		name, ok := r.Head.Ref()[0].Value.(ast.Var)
		if !ok {
			continue
		}
		g := l.groups[packageKey(m.path)][string(name)]
		for _, c := range g.clauses {
			if c.first != r {
				continue
			}
			l.checkClause(c)
			l.eachBody(c.scope, l.checkBody)
		}
	}
}

// checkBody holds each expression of a body against the rules.
func (l *linter) checkBody(sc *scope) {
	for _, t := range sc.results {
		l.look(t, sc)
	}
	for _, e := range sc.body {
		for _, t := range operands(e) {
			l.look(t, sc)
		}
		l.checkExpr(e, sc)
	}
	l.checkMessage(sc)
	l.checkContradictions(sc)
	l.checkWildcards(sc)
	l.checkIterations(sc)
	l.checkBindings(sc)
}

// look infers a term and all below it, which reports what the input cannot
// have, and checks each call.
func (l *linter) look(t *ast.Term, sc *scope) {
	eachTerm(t, func(t *ast.Term) bool {
		l.infer(t, sc)
		if call, ok := t.Value.(ast.Call); ok {
			if op, ok := call[0].Value.(ast.Ref); ok {
				l.checkCall(lintCall{op: op, args: call[1:], at: t, sc: sc, pol: l.terms[t]})
			}
		}
		return true
	})
}

// report adds a finding at a place of the source. Places of the library are no
// business of its users.
func (l *linter) report(rule string, loc *ast.Location, msg, fix string) {
	if loc == nil || l.src.byFile[loc.File] == nil {
		return
	}
	f := Finding{
		Rule: rule, Severity: lintSeverity(rule), File: loc.File, Row: loc.Row, Col: loc.Col,
		Msg: msg, Text: snippet(loc.Text), Fix: fix,
	}
	f.Policy, _ = policyName(l.src.byFile[loc.File].path)
	l.found = append(l.found, f)
}

// snippet is the first line of a text.
func snippet(text []byte) string {
	line, _, cut := strings.Cut(string(text), "\n")
	if cut {
		return line + " …"
	}
	return line
}

// lint adds what the lint finds in a source. Where a line has an error already,
// that says it, or leads to it.
func (r *Report) lint(src *source, schema []byte) {
	before := r.Findings
	for _, f := range lintSource(src, schema) {
		if !slices.ContainsFunc(before, func(have Finding) bool {
			return have.Severity == FindingError && have.File == f.File && have.Row == f.Row
		}) {
			r.Findings = append(r.Findings, f)
		}
	}
}

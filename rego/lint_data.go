package rego

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkDataRef holds a reference into data against the packages of the source.
func (l *linter) checkDataRef(t *ast.Term, steps ast.Ref, sc *scope) {
	var path []string
	for _, s := range steps {
		name, ok := s.Value.(ast.String)
		if !ok {
			break
		}
		path = append(path, string(name))
	}
	l.foreignParams(t, path, sc)
	l.unknownRule(t.Location, path)
}

func (l *linter) checkImports(m *module) {
	for _, imp := range m.ast.Imports {
		ref, ok := imp.Path.Value.(ast.Ref)
		if !ok || !ref.HasPrefix(ast.DefaultRootRef) {
			continue
		}
		for _, r := range dataRefs(imp) {
			l.unknownRule(imp.Path.Location, r.path)
		}
	}
}

// unknownRule reports a name in a package that has no such rule. A reference to
// it is undefined, and the compiler takes it, for it might be data.
func (l *linter) unknownRule(loc *ast.Location, path []string) {
	for n := len(path) - 1; n > 0; n-- {
		rules := l.groups[packageKey(path[:n])]
		if rules == nil {
			continue
		}
		name := path[n]
		if rules[name] != nil || l.inside(path[:n+1]) {
			return
		}
		if _, ok := lookup(l.src.data, path[:n+1]); ok {
			return
		}
		l.report("unknown-rule", loc,
			fmt.Sprintf("package %s has no rule %s, so that what refers to it is always undefined", strings.Join(path[:n], "."), name),
			insteadOf(name, slices.Collect(maps.Keys(rules))))
		return
	}
}

// inside says whether a package is at path or below it.
func (l *linter) inside(path []string) bool {
	key := packageKey(path)
	for pkg := range l.groups {
		if strings.HasPrefix(pkg, key) {
			return true
		}
	}
	return false
}

// foreignParams reports a policy that reads the params of another.
func (l *linter) foreignParams(t *ast.Term, path []string, sc *scope) {
	own, ok := policyName(sc.clause.m.path)
	if !ok || len(path) < 4 || !hasPrefix(path, []string{"mcp", "settings", "params"}) || path[3] == own {
		return
	}
	l.report("foreign-params", t.Location,
		fmt.Sprintf("policy %s reads the params of %s, which may change or go without it", own, path[3]),
		fmt.Sprintf("data.mcp.settings.params[%q]", own))
}

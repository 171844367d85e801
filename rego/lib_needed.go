package rego

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mcpLib is the package of what authors of policies may import.
var mcpLib = []string{"mcp", "lib"}

// withNeeded puts in place of mcp.lib those of its rules that the other modules may
// get to. Every policy is compiled on its own, and would have all of mcp.lib
// compiled with it each time. Where a name is none of mcp.lib's all of it stays, so
// that the compiler says what it says of such a slip.
func withNeeded(modules []*module) []*module {
	isLib := func(m *module) bool { return slices.Equal(m.path, mcpLib) }
	if !slices.ContainsFunc(modules, isLib) {
		return modules
	}
	needed := map[string]bool{}
	for _, m := range modules {
		if !isLib(m) && !m.needs(needed) {
			return modules
		}
	}
	for name := range needed {
		if libRules()[name] == nil {
			return modules
		}
	}
	own := slices.DeleteFunc(slices.Clone(modules), isLib)
	return append(own, neededLib.of(needed)...)
}

// needs notes the names that the module may get to in mcp.lib, and says whether
// these are all.
func (m *module) needs(names map[string]bool) bool {
	imports := map[ast.Var][]string{"data": {}}
	for _, i := range m.ast.Imports {
		if ref, ok := i.Path.Value.(ast.Ref); ok && ref.HasPrefix(ast.DefaultRootRef) {
			imports[i.Name()] = constantPath(ref[1:])
		}
	}
	known := true // so far
	var visit func(*ast.Term) bool
	note := func(path []string) {
		switch {
		case hasPrefix(path, mcpLib) && len(path) > len(mcpLib):
			names[path[len(mcpLib)]] = true
		case hasPrefix(mcpLib, path) || hasPrefix(path, mcpLib):
			known = false // some part of a package
		}
	}
	visit = func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Var:
			if path, ok := imports[v]; ok {
				note(path)
			}
		case ast.Ref:
			head, isVar := v[0].Value.(ast.Var)
			path, imported := imports[head]
			if isVar && imported {
				note(append(slices.Clone(path), constantPath(v[1:])...))
			}
			for i, step := range v {
				if i > 0 || !isVar {
					ast.WalkTerms(step, visit)
				}
			}
			return true
		}
		return false
	}
	for _, r := range m.ast.Rules {
		ast.WalkTerms(r, visit)
	}
	return known
}

// constantPath is how far a reference goes without a variable.
func constantPath(steps ast.Ref) []string {
	var path []string
	for _, t := range steps {
		s, ok := t.Value.(ast.String)
		if !ok {
			break
		}
		path = append(path, string(s))
	}
	return path
}

// neededLib makes parts of mcp.lib, the same for the same names.
var neededLib libParts

type libParts struct {
	mu    sync.Mutex
	parts map[string][]*module
}

// of returns the modules of mcp.lib with the rules of these names, and with those
// that they refer to.
func (l *libParts) of(names map[string]bool) []*module {
	rules := libRules()
	all := map[string]bool{}
	var reach func(string)
	reach = func(name string) {
		if rules[name] == nil || all[name] {
			return
		}
		all[name] = true
		for _, other := range rules[name] {
			reach(other)
		}
	}
	for name := range names {
		reach(name)
	}
	key := strings.Join(slices.Sorted(maps.Keys(all)), " ")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parts == nil {
		l.parts = map[string][]*module{}
	}
	if l.parts[key] == nil {
		l.parts[key] = partOfLib(all)
	}
	return l.parts[key]
}

func partOfLib(names map[string]bool) []*module {
	part := []*module{}
	whole, err := libPackages(mcpLib...)
	if err != nil {
		return part // a load asked before
	}
	for _, m := range whole {
		cp := *m.ast
		cp.Annotations = nil // they are for those who read the file
		cp.Rules = slices.DeleteFunc(slices.Clone(m.ast.Rules), func(r *ast.Rule) bool { return !names[libRuleName(r)] })
		if len(cp.Rules) > 0 {
			less := *m
			less.ast = &cp
			less.refs = dataRefs(&cp)
			part = append(part, &less)
		}
	}
	return part
}

func libRuleName(r *ast.Rule) string { return string(r.Head.Ref()[0].Value.(ast.Var)) }

// libRules are the names that the rules of mcp.lib mention, by the names of these.
var libRules = sync.OnceValue(func() map[string][]string {
	rules := map[string][]string{}
	whole, err := libPackages(mcpLib...)
	if err != nil {
		return rules
	}
	for _, m := range whole {
		for _, r := range m.ast.Rules {
			name := libRuleName(r)
			rules[name] = append(rules[name], name)
			ast.WalkVars(r, func(v ast.Var) bool {
				rules[name] = append(rules[name], string(v))
				return false
			})
		}
	}
	return rules
})

package library_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const libraryName = "mcp.lib"

// subject is a policy or mcp.lib, which is changed, with its tests: texts by file.
type subject struct {
	name             string
	own, tests, rest map[string]string
}

// subjects are all policies, and the files of mcp.lib.
func subjects(t *testing.T) []subject {
	t.Helper()
	const root = "../lib/mcp/lib"
	isTest := func(name string) bool { return strings.HasSuffix(name, "_test.rego") }
	all := texts(t, "policy")
	var out []subject
	library, tests := map[string]string{}, map[string]string{}
	for name, text := range texts(t, root) {
		if isTest(name) {
			tests[name] = text
		} else {
			library[name] = text
		}
	}
	for name, text := range library {
		rest := maps.Clone(library)
		delete(rest, name)
		out = append(out, subject{
			name:  libraryName + "." + strings.TrimSuffix(path.Base(name), ".rego"),
			own:   map[string]string{name: text},
			tests: tests,
			rest:  rest,
		})
	}
	for name, text := range all {
		if isTest(name) {
			continue
		}
		test := strings.TrimSuffix(name, ".rego") + "_test.rego"
		require.Contains(t, all, test)
		out = append(out, subject{
			name:  strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(name, "policy/"), ".rego"), "/", "."),
			own:   map[string]string{name: text},
			tests: map[string]string{test: all[test]},
			rest:  library,
		})
	}
	slices.SortFunc(out, func(a, b subject) int { return strings.Compare(a.name, b.name) })
	return out
}

// texts reads all Rego below a directory.
func texts(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range files(t, os.DirFS(root), ".") {
		if strings.HasSuffix(name, ".rego") {
			text, err := os.ReadFile(path.Join(root, name))
			require.NoError(t, err)
			out[path.Join(root, name)] = string(text)
		}
	}
	return out
}

// suite parses the subject, and leaves out what its tests do not get to.
func (s subject) suite(ctx context.Context) (*suite, error) {
	own, err := parsed(s.own)
	if err != nil {
		return nil, err
	}
	others, err := parsed(s.tests, s.rest)
	if err != nil {
		return nil, err
	}
	return newSuite(ctx, s.name, own, needed(own, others))
}

func parsed(all ...map[string]string) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	for _, some := range all {
		for name, text := range some {
			m, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
			if err != nil {
				return nil, err
			}
			modules[name] = m
		}
	}
	return modules, nil
}

// needed are others with those rules alone that matter to the tests that get to
// own, told by their names: a compile takes as long as what it compiles.
func needed(own, others map[string]*ast.Module) map[string]*ast.Module {
	named := map[string][]*ast.Rule{}
	changed := map[string]bool{}
	for _, m := range own {
		for _, r := range m.Rules {
			named[ruleName(r)] = append(named[ruleName(r)], r)
			changed[ruleName(r)] = true
		}
	}
	isTest := func(name string) bool { return strings.HasPrefix(name, tester.TestPrefix) }
	for _, m := range others {
		for _, r := range m.Rules {
			named[ruleName(r)] = append(named[ruleName(r)], r)
		}
	}
	keep := map[string]bool{}
	for name := range changed {
		reach(name, named, keep)
	}
	for name := range named {
		seen := map[string]bool{}
		if !isTest(name) {
			continue
		}
		reach(name, named, seen)
		for other := range seen {
			if changed[other] {
				maps.Copy(keep, seen)
				break
			}
		}
	}
	out := map[string]*ast.Module{}
	for file, m := range others {
		cp := m.Copy()
		cp.Rules = nil
		for _, r := range m.Rules {
			if keep[ruleName(r)] {
				cp.Rules = append(cp.Rules, adopted(r, cp))
			}
		}
		if len(cp.Rules) > 0 {
			out[file] = cp
		}
	}
	return out
}

// reach notes a name and all names that its rules mention, and theirs.
func reach(name string, named map[string][]*ast.Rule, seen map[string]bool) {
	if seen[name] || len(named[name]) == 0 {
		return
	}
	seen[name] = true
	for _, r := range named[name] {
		ast.WalkTerms(r, func(t *ast.Term) bool {
			switch v := t.Value.(type) {
			case ast.Var:
				reach(string(v), named, seen)
			case ast.String:
				reach(string(v), named, seen)
			}
			return false
		})
	}
}

// namedMutant is a mutant of a file, under a name that is the only one of its
// subject.
type namedMutant struct {
	mutant
	file, name string
}

func (m namedMutant) where() string {
	return fmt.Sprintf("rego/%s:%d: %s: %s", strings.TrimPrefix(path.Join("library", m.file), "library/../"), m.row, m.kind, m.name)
}

func (s subject) mutants(of *suite) []namedMutant {
	var all []namedMutant
	times := map[string]int{}
	for _, file := range slices.Sorted(maps.Keys(of.own)) {
		for _, m := range mutants(of.own[file]) {
			name := m.text
			if m.rule != "" {
				name = m.rule + ": " + m.text
			}
			if times[name]++; times[name] > 1 {
				name = fmt.Sprintf("%s (%d)", name, times[name])
			}
			all = append(all, namedMutant{m, file, name})
		}
	}
	return all
}

// readEquivalent reads the mutants that are the same policy: no test can notice
// them. Each was looked at, and says why.
func readEquivalent(t *testing.T) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/equivalent.yaml")
	require.NoError(t, err)
	var entries []struct {
		Policy  string
		Mutants []string
		Reason  string
	}
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	d.KnownFields(true)
	require.NoError(t, d.Decode(&entries))
	policies := map[string]bool{}
	for _, s := range subjects(t) {
		policies[s.name] = true
	}
	out := map[string]map[string]bool{}
	for _, e := range entries {
		require.True(t, policies[e.Policy], "equivalent.yaml: there is no policy %q", e.Policy)
		require.NotEmpty(t, e.Reason, "equivalent.yaml: %s: %s", e.Policy, e.Mutants)
		require.NotEmpty(t, e.Mutants, "equivalent.yaml: %s: %s", e.Policy, e.Reason)
		if out[e.Policy] == nil {
			out[e.Policy] = map[string]bool{}
		}
		for _, name := range e.Mutants {
			require.False(t, out[e.Policy][name], "equivalent.yaml: %s: %s stands there twice", e.Policy, name)
			out[e.Policy][name] = true
		}
	}
	return out
}

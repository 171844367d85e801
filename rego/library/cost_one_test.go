package library_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"
)

// onePackage writes all policies of a source as one policy, all: each rule with
// its policy's name before its own, but for deny and warn, which are common.
func onePackage(t *testing.T, source fs.FS) fs.FS {
	t.Helper()
	imports := map[string]bool{}
	var rules strings.Builder
	for _, name := range files(t, source, "policy") {
		text, err := fs.ReadFile(source, name)
		require.NoError(t, err)
		m, err := ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1})
		require.NoError(t, err)
		for _, i := range m.Imports {
			imports[i.String()] = true
		}
		policy := strings.TrimPrefix(m.Package.Path.String(), "data.mcp.policy.")
		renamed := withPrefix(t, m, string(text), strings.ReplaceAll(policy, ".", "_")+"__")
		rules.WriteString(strings.ReplaceAll(renamed, fmt.Sprintf("settings.params[%q]", policy), fmt.Sprintf("settings.params.all[%q]", policy)))
		rules.WriteByte('\n')
	}
	head := `# METADATA
# title: All policies of the library
# description: The same rules in one package.
# custom:
#   severity: high
#   remediation: Change what the message says.
package mcp.policy.all

`
	for line := range imports {
		head += line + "\n"
	}
	return fstest.MapFS{
		".manifest": {Data: []byte(`{"roots": ["mcp/policy", "mcp/settings"], "rego_version": 1}`)},
		"data.json": {Data: settingsOfOne(t, source)},
		"all.rego":  {Data: []byte(head + "\n" + rules.String())},
	}
}

// settingsOfOne has the params of all policies as those of the one.
func settingsOfOne(t *testing.T, source fs.FS) []byte {
	t.Helper()
	text, err := fs.ReadFile(source, "data.json")
	require.NoError(t, err)
	var data struct {
		MCP struct {
			Settings struct{ Params map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(text, &data))
	out, err := json.Marshal(map[string]any{"mcp": map[string]any{"settings": map[string]any{
		"enforcement": map[string]any{"all": "deny"},
		"params":      map[string]any{"all": data.MCP.Settings.Params},
	}}})
	require.NoError(t, err)
	return out
}

// withPrefix returns the text of the rules of a module with a prefix before each
// name that a rule has, wherever it stands as a variable.
func withPrefix(t *testing.T, m *ast.Module, text, prefix string) string {
	t.Helper()
	names := map[string]bool{}
	for _, r := range m.Rules {
		names[ruleName(r)] = true
	}
	delete(names, "deny")
	delete(names, "warn")
	var at []int
	note := func(name string, loc *ast.Location) {
		if names[name] {
			require.True(t, strings.HasPrefix(text[loc.Offset:], name), "%s: %s", loc, name)
			at = append(at, loc.Offset)
		}
	}
	for _, r := range m.Rules {
		start := r.Location.Offset
		if r.Default {
			start += strings.Index(text[start:], ruleName(r))
		}
		note(ruleName(r), &ast.Location{Offset: start})
		ast.WalkTerms(&ast.Rule{Head: &ast.Head{Args: r.Head.Args, Key: r.Head.Key, Value: r.Head.Value}, Body: r.Body, Else: r.Else}, func(term *ast.Term) bool {
			if v, ok := term.Value.(ast.Var); ok && term.Location != nil {
				note(string(v), term.Location)
			}
			return false
		})
		for _, step := range r.Head.Ref()[1:] {
			ast.WalkTerms(step, func(term *ast.Term) bool {
				if v, ok := term.Value.(ast.Var); ok {
					note(string(v), term.Location)
				}
				return false
			})
		}
	}
	slices.Sort(at)
	var out strings.Builder
	from := m.Rules[0].Location.Offset
	for _, offset := range slices.Compact(at) {
		out.WriteString(text[from:offset] + prefix)
		from = offset
	}
	return out.String() + text[from:]
}

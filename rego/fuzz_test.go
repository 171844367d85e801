package rego_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Whatever a data file holds, loading it ends in an error or in settings that
// know no other levels than those of the contract.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{
		"", "mcp: {settings: {enforcement: {a: warn}}}", "mcp:\n  settings:\n    builtin: none\n    params:\n      a: {x: [1, 2.5, null]}\n",
		"a: &a [1]\nb: *a\n", "? [x]\n: y\n", "mcp: {settings: {enforcement: {\"*\": audit, \"a.*\": deny}}}", "\tmcp: x", "mcp: &m {settings: *m}",
		`{"mcp": {"settings": {"enforcement": {"a": "deny"}}}}`, "enforcement: {a: warn}", "%YAML 1.1\n---\na: !!set {x}\n", "\xff\xfea",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, yaml bool) {
		name := "data.json"
		if yaml {
			name = "data.yaml"
		}
		src := files{"a.rego": denyBad, name: string(raw)}
		p, err := load(t.Context(), src)
		if err != nil {
			for _, found := range rego.Findings(err) {
				require.NotEmpty(t, found.Msg)
				require.NotContains(t, found.Error(), "\n")
			}
			return
		}
		for name, level := range p.Settings().Enforcement {
			require.True(t, slices.Contains([]string{rego.LevelDeny, rego.LevelWarn, rego.LevelAudit}, level), "%s: %s", name, level)
		}
		for _, info := range p.Info() {
			require.Contains(t, []string{rego.LevelDeny, rego.LevelWarn, rego.LevelAudit}, info.Level)
		}
		require.False(t, eval(t, p, "bad").Allowed && p.Info()[0].Level == rego.LevelDeny, "a setting that is none switched a deny off")
	})
}

// Whatever the comment above a policy says, loading it ends in an error, or in a
// policy whose metadata is of the contract and which still denies.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{
		"METADATA\ntitle: t", "METADATA\ntitle: t\ncustom:\n  severity: high\n  enforcement: warn\n  owasp: [MCP04]\n  params: {type: object}",
		"metadata\ntitle: t", "METADATA\nrelated_resources:\n- ref: https://a.example\n- javascript:x", "METADATA\ncustom: {severity: 1}", "METADATA\nschemas: [{input: {}}]",
		"METADATA\nscope: subpackages", "METADATA\ntitle: &a t\ndescription: *a", "METADATA\n<<: {title: t}", "METADATA\n\ttitle: t", "METADATA\ntitle: t\r\ncustom:\r\n  x_y: 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		src := "# " + strings.ReplaceAll(comment, "\n", "\n# ") + "\n" + denyBad
		p, err := load(t.Context(), files{"a.rego": src})
		if err != nil {
			for _, found := range rego.Findings(err) {
				require.NotEmpty(t, found.Msg)
				require.NotContains(t, found.Error(), "\n")
			}
			return
		}
		info := p.Info()[0]
		require.Contains(t, []string{"low", "medium", "high", "critical"}, info.Severity)
		require.Contains(t, []string{rego.LevelDeny, rego.LevelWarn, rego.LevelAudit}, info.Level)
		for _, link := range info.Links {
			require.Regexp(t, `(?i)^https?://`, link)
		}
		r := eval(t, p, "bad")
		require.Empty(t, r.Errors)
		require.Len(t, r.Violations, 1)
	})
}

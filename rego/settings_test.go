package rego_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

func TestSettingsLevels(t *testing.T) {
	for name, tc := range map[string]struct {
		enforcement, level string
	}{
		"none":             {"{}", "deny"},
		"exact":            {"{net.a: warn}", "warn"},
		"prefix":           {`{"net.*": audit}`, "audit"},
		"all":              {`{"*": warn}`, "warn"},
		"exact over all":   {`{"*": warn, net.a: audit}`, "audit"},
		"prefix over all":  {`{"*": warn, "net.*": deny}`, "deny"},
		"prefix not exact": {`{"net.a.*": audit}`, "deny"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{
				"a.rego":    "package mcp.policy.net.a\n\ndeny contains \"m\"",
				"data.yaml": "mcp: {settings: {enforcement: " + tc.enforcement + "}}",
			})
			r := eval(t, p, "x")
			require.Empty(t, r.Errors)
			require.Len(t, r.Violations, 1)
			require.Equal(t, tc.level, r.Violations[0].Level)
			require.Equal(t, tc.level != "deny", r.Allowed)
		})
	}
}

func TestSettings(t *testing.T) {
	p := mustLoad(t, files{
		"a.rego": "# METADATA\n# custom:\n#   params: {type: object, required: [names], properties: {names: {type: array}, n: {type: integer}}}\n" +
			"package mcp.policy.a\n\ndeny contains \"m\" if not input.server.name in data.mcp.settings.params.a.names",
		"data.yaml": `mcp:
  settings:
    builtin: none
    enforcement: {a: deny, b: warn, "c.*": audit, "*": deny}
    params:
      a: {names: [good], n: 3}
      d: {}
`})
	require.True(t, eval(t, p, "good").Allowed)
	require.False(t, eval(t, p, "bad").Allowed)
	s := p.Settings()
	require.Equal(t, "none", s.Builtin)
	require.Equal(t, map[string]string{"a": "deny", "b": "warn", "c.*": "audit", "*": "deny"}, s.Enforcement)
	require.Contains(t, s.Params, "a")
	want := []string{
		`settings: enforcement of "b": there is no such policy`,
		`settings: enforcement of "c.*": there is no such policy`,
		`settings: params of "d": there is no such policy`,
	}
	require.Equal(t, want, p.Warnings())
	require.Equal(t, want, eval(t, p, "good").Warnings)
}

func TestSettingsErrors(t *testing.T) {
	for name, tc := range map[string]struct{ settings, want string }{
		"not an object":      {"[]", "data.yaml:2: data.mcp.settings: is a list"},
		"unknown":            {"{enforcment: {}}", "data.yaml:2: data.mcp.settings.enforcment: is no setting: write enforcement"},
		"waivers":            {"{waivers: {}}", "data.yaml:2: data.mcp.settings.waivers: is an object, want a list of waivers"},
		"builtin":            {"{builtin: false}", `data.mcp.settings.builtin: is not "none": write none`},
		"level":              {"{enforcement: {a: block}}", "data.mcp.settings.enforcement.a: is block, which is no level: want deny, warn or audit"},
		"level not string":   {"{enforcement: {a: [deny]}}", "data.mcp.settings.enforcement.a: is a list, which is no level"},
		"enforcement list":   {"{enforcement: [a]}", "data.mcp.settings.enforcement: is a list"},
		"enforcement null":   {"{enforcement: }", "data.mcp.settings.enforcement: is null"},
		"package as name":    {"{enforcement: {mcp.policy.a: warn}}", `write "a"`},
		"star inside":        {`{enforcement: {"a.*.b": warn}}`, "is no name: write the name of a policy"},
		"star without a dot": {`{enforcement: {"a*": warn}}`, "is no name: write the name of a policy"},
		"params list":        {"{params: []}", "data.mcp.settings.params: is a list"},
		"params of one":      {"{params: {a: []}}", "data.mcp.settings.params.a: is a list"},
		"params name":        {"{params: {A: {}}}", `"A" is no name of a policy`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"a.rego": denyBad, "data.yaml": "mcp:\n  settings: " + tc.settings})
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestParamsSchemaRefersInBounds(t *testing.T) {
	for name, tc := range map[string]struct{ schema, want string }{
		"to itself":      {`{$ref: "#"}`, `$ref "#" is not #/$defs/NAME`},
		"in a circle":    {`{$ref: "#/$defs/a", $defs: {a: {$ref: "#/$defs/b"}, b: {allOf: [{$ref: "#/$defs/a"}]}}}`, "refers to itself"},
		"dynamically":    {`{$dynamicAnchor: n, $dynamicRef: "#n"}`, "$dynamicRef is not read"},
		"to what is not": {`{$ref: "#/$defs/a"}`, "with a NAME that is there"},
		"out of it":      {`{$ref: "file:///etc/passwd"}`, "is not #/$defs/NAME"},
		"too often": {`{$ref: "#/$defs/a14", $defs: {a0: {type: object}` + doubling(14) + `}}`,
			"unfolds to more than 10000 values"},
		"as it may": {`{properties: {a: {$ref: "#/$defs/n"}, b: {$ref: "#/$defs/n"}}, $defs: {n: {type: string}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"a.rego": "# METADATA\n# custom:\n#   params: " + tc.schema + "\n" + denyBad})
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "a.rego:4: metadata: custom.params is no JSON Schema that can be used: ")
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// doubling are n definitions, each of which refers to the one before twice.
func doubling(n int) string {
	var s strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&s, `, a%d: {allOf: [{$ref: "#/$defs/a%d"}, {$ref: "#/$defs/a%d"}]}`, i, i-1, i-1)
	}
	return s.String()
}

func TestSettingsElsewhere(t *testing.T) {
	for name, f := range map[string]files{
		"below a directory": {"a.rego": denyBad, "sub/data.yaml": "mcp: {settings: {enforcement: {a: warn}}}"},
		"below a key":       {"a.rego": denyBad, "data.yaml": "x: {mcp: {settings: {enforcement: {a: warn}}}}"},
		"levels at the top": {"a.rego": denyBad, "data.yaml": "enforcement: {a: warn}"},
		"without mcp":       {"a.rego": denyBad, "data.yaml": "settings: {enforcement: {a: warn}}"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), f)
			require.ErrorContains(t, err, "looks like settings")
		})
	}
	_, err := load(t.Context(), files{"a.rego": denyBad, "data.yaml": "mcp: {enforcement: {a: warn}}"})
	require.ErrorContains(t, err, "data.yaml:1: data.mcp.enforcement is reserved: write it below mcp.settings")

	p, err := load(t.Context(), files{"a.rego": denyBad, "mcp/settings/data.yaml": "enforcement: {a: warn}"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": rego.LevelWarn}, p.Settings().Enforcement)
}

package rego_test

import (
	"context"
	"io/fs"
	"log/slog"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

const schema = `{
	"type": "object", "additionalProperties": false,
	"properties": {
		"server": {
			"type": "object", "additionalProperties": false,
			"properties": {
				"name": {"type": "string"},
				"image": {"type": "string"},
				"args": {"type": "array", "items": {"type": "string"}}
			}
		},
		"context": {"type": "object", "additionalProperties": false, "properties": {"time": {"type": "string"}}}
	}
}`

// A policy that denies servers named "bad".
const denyBad = `package mcp.policy.a

deny contains "bad name" if input.server.name == "bad"
`

var quiet = slog.New(slog.DiscardHandler)

type files map[string]string

func (f files) fs() fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range f {
		m[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return m
}

func load(ctx context.Context, f files) (*rego.Policy, error) {
	return loadFS(ctx, f.fs())
}

func loadFS(ctx context.Context, fsys fs.FS) (*rego.Policy, error) {
	return rego.Load(ctx, rego.LoadConfig{Name: "test", FS: fsys, InputSchema: []byte(schema), Log: quiet})
}

func mustLoad(t *testing.T, f files) *rego.Policy {
	t.Helper()
	p, err := load(t.Context(), f)
	require.NoError(t, err)
	return p
}

func server(name string) ast.Value {
	return ast.MustInterfaceToValue(map[string]any{
		"server":  map[string]any{"name": name, "image": "", "args": []string{}},
		"context": map[string]any{"time": "2026-01-01T00:00:00.000Z"},
	})
}

func eval(t *testing.T, p *rego.Policy, name string) rego.Result {
	t.Helper()
	r, err := p.Eval(t.Context(), server(name))
	require.NoError(t, err)
	return r
}

func TestLoad(t *testing.T) {
	p := mustLoad(t, files{
		"a.rego":                  denyBad,
		"b/c.rego":                "package mcp.policy.b.c\n\nimport data.corp.names\n\nwarn contains \"odd\" if names.odd(input.server.name)",
		"b/names.rego":            "package corp.names\n\nodd(n) if n in data.b.odd",
		"b/data.yaml":             "odd: [odd]",
		"README.md":               "# readme",
		"a_test.rego":             "package mcp.policy.a_test\n\nnonsense(",
		"testdata/broken.rego":    "nonsense",
		".git/config.json":        "nonsense",
		".signatures.json":        "nonsense",
		"tests.rego":              "package corp.names_test\n\ntest_x if true",
		"..2026/whatever/a.rego":  "nonsense",
		"b/.hidden.rego":          "nonsense",
		"unused/deep/x/y/z.rego":  "package corp.unused\n\nx := 1",
		"unused/deep/x/data.json": `{"n": 12345678901234567890.10}`,
	})
	require.Equal(t, []string{"a", "b.c"}, p.Policies())
	require.Equal(t, "test", p.Name())
	require.Len(t, p.Revision(), 64)
	require.Empty(t, p.Warnings())

	require.True(t, eval(t, p, "good").Allowed)
	r := eval(t, p, "bad")
	require.Equal(t, rego.Result{
		Violations: []rego.Violation{{
			Policy: "a", Source: "test", Level: "deny", Msg: "bad name", Severity: "medium",
			Links: []string{}, Details: map[string]any{},
		}},
		Warnings: []string{}, Errors: []rego.PolicyError{},
	}, r)
	r = eval(t, p, "odd")
	require.True(t, r.Allowed)
	require.Len(t, r.Violations, 1)
	require.Equal(t, "warn", r.Violations[0].Level)
}

func TestLoadShapeErrors(t *testing.T) {
	const head = "package mcp.policy.x\n\n"
	for name, tc := range map[string]struct{ module, want string }{
		"boolean deny":         {head + "deny := true", "x.rego:3: deny is not a set: write `deny contains MESSAGE if { … }`"},
		"deny if":              {head + "deny if input.server.name", "x.rego:3: deny is not a set"},
		"default deny":         {head + "default deny := false\n\nwarn contains \"m\" if input.server.name", "x.rego:3: deny is not a set"},
		"deny function":        {head + "deny(x) := x", "x.rego:3: deny is a function"},
		"deny object":          {head + "deny[x] := 1 if x := input.server.name", "x.rego:3: deny is not a set"},
		"set below deny":       {head + "deny.x contains 1", "x.rego:3: deny is not a set"},
		"deny below":           {head + "images.deny contains 1", "x.rego:3: images.deny is not collected"},
		"array warn":           {head + "warn := [\"m\"]", "x.rego:3: warn is not a set"},
		"near miss":            {head + "denied contains \"m\" if input.server.name", "x.rego:3: rule denied is never asked"},
		"empty policy":         {"package mcp.policy.x", "x.rego:1: package mcp.policy.x defines neither deny nor warn"},
		"no name":              {"package mcp.policy\n\ndeny contains 1", "x.rego:1: package mcp.policy has no name"},
		"capital":              {"package mcp.policy.Images\n\ndeny contains 1", `x.rego:1: "Images" is no name of a policy`},
		"dash":                 {"package mcp.policy[\"a-b\"]\n\ndeny contains 1", `x.rego:1: "a-b" is no name of a policy`},
		"segment deny":         {"package mcp.policy.a.deny\n\ndeny contains 1", `x.rego:1: "a.deny" is no name of a policy`},
		"mcp":                  {"package mcp\n\nx := 1", "x.rego:1: package mcp is reserved"},
		"mcp.lib":              {"package mcp.lib\n\nx := 1", "x.rego:1: package mcp.lib is reserved"},
		"mcp.gate":             {"package mcp.gate\n\nx := 1", "x.rego:1: package mcp.gate is reserved"},
		"mcp.policies":         {"package mcp.policies.x\n\ndeny contains 1", "x.rego:1: package mcp.policies.x is never asked: write package mcp.policy.x"},
		"system":               {"package system.authz\n\nx := 1", "x.rego:1: package system.authz is reserved"},
		"settings as rego":     {"package mcp.settings\n\nx := 1", "x.rego:1: package mcp.settings: settings are data"},
		"params as rego":       {"package mcp.settings.params.x\n\nx := 1", "x.rego:1: package mcp.settings.params.x: settings are data"},
		"refers to gate":       {head + "deny contains \"m\" if data.mcp.gate.decide({})", "x.rego:3: data.mcp.gate decides"},
		"imports gate":         {head + "import data.mcp.gate as g\n\ndeny contains \"m\" if g.decide({})", "x.rego:3: data.mcp.gate decides"},
		"test with deny":       {"package mcp.policy.x_test\n\ndeny contains 1", "x.rego:3: package mcp.policy.x_test is a test by its name"},
		"unknown input":        {head + "deny contains \"m\" if input.server.imagee == \"\"", "x.rego:3: input.server has no field imagee: write input.server.image"},
		"unknown input in lib": {"package corp.x\n\nx := input.server.imagee", "x.rego:3: input.server has no field imagee: write input.server.image"},
		"undefined function":   {head + "deny contains \"m\" if nonsense(1)", "x.rego:3: there is no function nonsense"},
		"unsafe":               {head + "deny contains m if input.server.name", "x.rego:3: var m is unsafe"},
		"syntax":               {head + "deny contains", "x.rego:3: unexpected eof token"},
		"rego v0":              {head + "deny[msg] { msg := \"m\" }", "`opa fmt --write --v0-v1 x.rego`"},
		"empty file":           {"# nothing", "x.rego"},
		"http.send":            {head + "deny contains \"m\" if http.send({}).x", "x.rego:3: http.send is not available"},
		"time":                 {head + "deny contains \"m\" if { x := time.now_ns(); x > 1 }", "x.rego:3: time.now_ns is not available: use input.context.time"},
		"nested call":          {head + "deny contains \"m\" if count(graphql.schema_is_valid(\"\")) > 1", "x.rego:3: graphql.schema_is_valid is not available"},
		"call as a value":      {head + "deny contains opa.runtime()", "x.rego:3: opa.runtime is not available"},
		"recursion":            {head + "deny contains \"m\" if count(deny) > 0", "x.rego:3: rule data.mcp.policy.x.deny is recursive"},
		"rule on a package":    {"package corp\n\nnames := 1", "x.rego:3: rule names stands where package corp.names of names.rego is"},
		"params not there":     {head + "deny contains \"m\" if input.server.image in data.mcp.settings.params.x.images", "x.rego:3: the settings have no data.mcp.settings.params.x.images"},
		"params imported":      {head + "import data.mcp.settings.params as p\n\ndeny contains \"m\" if p.x.on", "x.rego:5: the settings have no data.mcp.settings.params.x.on"},
		"data not there":       {head + "deny contains \"m\" if input.server.name in data.corp.nams", "x.rego:3: data.corp.nams is neither data nor a package of this source"},
		"data imported":        {head + "import data.corpp\n\ndeny contains \"m\" if input.server.name in corpp.list", "data.corpp.list is neither data nor a package"},
		"policy not there":     {head + "deny contains \"m\" if count(data.mcp.policy.y.deny) > 0", "x.rego:3: data.mcp.policy.y.deny is neither"},
		"never asked":          {"package policy.x\n\ndeny contains \"m\"", "x.rego:1: package policy.x is never asked: write package mcp.policy.x"},
		"never asked, boolean": {"package main\n\nwarn if input.server.name", "x.rego:3: package main defines warn and is never asked"},
		"severity":             {"# METADATA\n# custom:\n#   severity: hihg\n" + head + "deny contains 1", `x.rego:3: metadata: custom.severity is "hihg": write high`},
		"severity not text":    {"# METADATA\n# custom:\n#   severity: 3\n" + head + "deny contains 1", "custom.severity is not a string"},
		"enforcement":          {"# METADATA\n# custom:\n#   enforcement: block\n" + head + "deny contains 1", `custom.enforcement is "block"`},
		"remediation":          {"# METADATA\n# custom:\n#   remediation: [x]\n" + head + "deny contains 1", "custom.remediation is not a string"},
		"link":                 {"# METADATA\n# related_resources:\n#   - ref: javascript:alert(1)\n" + head + "deny contains 1", `"javascript:alert(1)" is not an http or https URL`},
		"link without host":    {"# METADATA\n# related_resources:\n#   - ref: page\n" + head + "deny contains 1", `"page" is not an http`},
		"outside custom":       {"# METADATA\n# title: x\n# severity: high\n" + head + "deny contains 1", "x.rego:3: metadata: severity stands outside of custom: write it below custom"},
		"params schema":        {"# METADATA\n# custom:\n#   params: {type: object, required: [on]}\n" + head + "deny contains 1", `x.rego:4: the settings have no params for this policy, and custom.params wants some: validating root: required: missing properties: ["on"]: write data.mcp.settings.params["x"] into data.yaml`},
		"params remote schema": {"# METADATA\n# custom:\n#   params: {$ref: \"file:///etc/passwd\"}\n" + head + "deny contains 1", "x.rego:4: metadata: custom.params is no JSON Schema that can be used: $ref \"file:///etc/passwd\" is not"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"x.rego": tc.module, "names.rego": "package corp.names\n\nx := 1", "a.rego": denyBad})
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "policy source test: ")
		})
	}
}

func TestLoadErrorsOfMoreThanOneFile(t *testing.T) {
	for name, tc := range map[string]struct {
		files files
		want  []string
	}{
		"all errors at once": {
			files{"a.rego": "package mcp.policy.a\n\ndeny := 1", "b.rego": "package mcp.policy.b\n\ndeny := 1"},
			[]string{"a.rego:3: deny is not a set", "b.rego:3: deny is not a set"},
		},
		"metadata twice": {
			files{
				"a.rego": "# METADATA\n# title: one\npackage mcp.policy.a\n\ndeny contains 1",
				"b.rego": "# METADATA\n# title: two\npackage mcp.policy.a\n\ndeny contains 2",
			},
			[]string{"b.rego:1: package mcp.policy.a has metadata at a.rego:1 already"},
		},
		"rule over a value": {
			files{"a.rego": denyBad, "b.rego": "package corp\n\nx := 1", "data.json": `{"corp": {"x": 2}}`},
			[]string{"b.rego:3: conflicting rule for data path corp/x"},
		},
		"error in a module that no policy uses": {
			files{"a.rego": denyBad, "b.rego": "package corp\n\nx := nonsense(1)"},
			[]string{"b.rego:3: there is no function nonsense"},
		},
		"error in a module that two policies use, once": {
			files{
				"a.rego": "package mcp.policy.a\n\ndeny contains data.corp.x", "b.rego": "package mcp.policy.b\n\ndeny contains data.corp.x",
				"c.rego": "package corp\n\nx := input.nonsense",
			},
			[]string{"c.rego:3: input has no field nonsense"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), tc.files)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestLoadNoPolicy(t *testing.T) {
	for name, tc := range map[string]struct {
		files files
		want  string
	}{
		"empty":     {files{}, "no policy loaded: there is no .rego file but tests"},
		"data only": {files{"data.json": "{}"}, "there is no .rego file"},
		"test only": {files{"a_test.rego": "package mcp.policy.a_test\n"}, "there is no .rego file but tests"},
		"lib only":  {files{"a.rego": "package corp\n\nx := 1"}, "1 .rego file(s) read (a.rego: package corp), none with a package mcp.policy.NAME"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), tc.files)
			require.ErrorIs(t, err, rego.ErrNoPolicy)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestLoadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := load(ctx, files{"a.rego": denyBad})
	require.ErrorIs(t, err, context.Canceled)
}

func TestRevision(t *testing.T) {
	base := files{"a.rego": denyBad, "data.json": "{}"}
	same := mustLoad(t, files{"data.json": "{}", "a.rego": denyBad, "README.md": "x", "a_test.rego": "package x_test"})
	require.Equal(t, mustLoad(t, base).Revision(), same.Revision())

	seen := map[string]string{mustLoad(t, base).Revision(): "base"}
	for name, f := range map[string]files{
		"content":   {"a.rego": denyBad + "\n", "data.json": "{}"},
		"data":      {"a.rego": denyBad, "data.json": "{ }"},
		"name":      {"b.rego": denyBad, "data.json": "{}"},
		"directory": {"a.rego": denyBad, "x/data.json": "{}"},
		"bundle":    {"x/a.rego": denyBad, "x/data.json": "{}", "x/.manifest": "{}"},
	} {
		r := mustLoad(t, f).Revision()
		require.Empty(t, seen[r], name)
		seen[r] = name
	}
	p, err := rego.Load(t.Context(), rego.LoadConfig{Name: "other name", FS: base.fs(), Log: quiet})
	require.NoError(t, err)
	require.Empty(t, seen[p.Revision()], "schema")
}

package rego_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestData(t *testing.T) {
	p := mustLoad(t, files{
		"data.json":       `{"n": 12345678901234567890.5, "shared": {"a": 1}}`,
		"data.yaml":       "shared: {b: 0x10}\nbig: 1e40\nanchor: &x [1]\nalias: *x\nq: \"yes\"\nday: 2026-01-02\nfractions: [.5, -.25, +1.5, 0xFFFFFFFFFFFFFFFF]\n",
		"sub/data.yaml":   "# only a comment\n",
		"sub/x/data.yml":  "k: null\n",
		"sub/x/data.json": `{"l": [true, "é"]}`,
		"x.rego": `package mcp.policy.x

deny contains {"msg": "m", "details": d} if d := {"n": data.n, "shared": data.shared, "big": data.big, "alias": data.alias, "q": data.q, "day": data.day, "fractions": data.fractions, "sub": data.sub, "name": input.server.name}`,
	})
	require.JSONEq(t, `{"n": 12345678901234567890.5, "shared": {"a": 1, "b": 16}, "big": 1e40, "alias": [1], "q": "yes", "day": "2026-01-02", "fractions": [0.5, -0.25, 1.5, 18446744073709551615],
		"sub": {"x": {"k": null, "l": [true, "é"]}}, "name": "z"}`, toJSON(t, eval(t, p, "z").Violations[0].Details))
	require.Contains(t, toJSON(t, eval(t, p, "z").Violations[0].Details), "12345678901234567890.5")
}

func TestDataErrors(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 8 {
		next := string(rune('1' + i))
		bomb += "a" + next + ": &a" + next + " [" + strings.Repeat("*a"+string(rune('0'+i))+", ", 10) + "]\n"
	}
	for name, tc := range map[string]struct{ file, content, want string }{
		"json twice":         {"data.json", "{\"a\": 1,\n\"a\": 2}", `data.json:2: the key "a" is there twice`},
		"json twice inside":  {"data.json", `{"x": [{"a": 1, "a": 1}]}`, `data.json:1: the key "a" is there twice`},
		"json more":          {"data.json", "{} {}", "data.json:1: there is more than one value"},
		"json garbage":       {"data.json", "{}\nx", "data.json:2: "},
		"json cut":           {"data.json", "{\"a\": [1,", "data.json:1: the file ends too early"},
		"json empty":         {"data.json", "", "data.json:1: the file ends too early"},
		"json list":          {"data.json", "[]", "data.json:1: want an object at the top, not a list"},
		"json utf-8":         {"data.json", "{\"a\": \"\xff\"}", "data.json:1: "},
		"json comma":         {"data.json", "{\"a\": [1,]}", "data.json:1: "},
		"yaml twice":         {"data.yaml", "a: 1\nb: 2\na: 3\n", `data.yaml:3: the key "a" is there twice`},
		"yaml twice inside":  {"sub/data.yml", "x: [{a: 1, a: 1}]", `sub/data.yml:1: the key "a" is there twice`},
		"yaml two documents": {"data.yaml", "a: 1\n---\nb: 2\n", "data.yaml:2: a second YAML document"},
		"yaml syntax":        {"data.yaml", "a: [", "data.yaml:1: did not find"},
		"yaml syntax later":  {"data.yaml", "a: 1\n---\nb: [\n", "data.yaml:3: did not find"},
		"yaml list":          {"data.yaml", "- a", "want an object at the top, not a list"},
		"yaml null":          {"data.yaml", "---\n", "want an object at the top, not null"},
		"yaml yes":           {"data.yaml", "a: yes", "data.yaml:1: yes is a boolean to some readers"},
		"yaml norway":        {"data.yaml", "a:\n- no", "data.yaml:2: no is a boolean to some readers"},
		"yaml key":           {"data.yaml", "a:\n  1: x", "data.yaml:2: a key is a string: put 1 in quotes"},
		"yaml key true":      {"data.yaml", "true: x", "data.yaml:1: a key is a string: put true in quotes"},
		"yaml merge":         {"data.yaml", "a: &a {x: 1}\nb:\n  <<: *a", "data.yaml:3: the merge key << is not read"},
		"yaml tag":           {"data.yaml", "a: !!binary eA==", "data.yaml:1: the tag !!binary is not read"},
		"yaml infinity":      {"data.yaml", "a: .inf", "data.yaml:1: .inf is not a number of JSON"},
		"yaml bomb":          {"data.yaml", bomb, "aliases unfold to more than"},
		"unknown json":       {"registries.json", "{}", "registries.json: the file is not read as data: name it data.json"},
		"unknown yaml":       {"x/registries.yaml", "", "x/registries.yaml: the file is not read as data: name it data.yaml"},
		"capital":            {"Data.JSON", "", "Data.JSON: the file is not read as data"},
		"rego as text":       {"x.rego.txt", "", "x.rego.txt: the file is not read: let the name end in .rego"},
		"space behind":       {"x.rego ", "", "the file is not read: let the name end in .rego"},
		"capital rego":       {"x.REGO", "", "x.REGO: the file is not read: write the extension in lower case"},
		"tgz":                {"x.tgz", "", "x.tgz: the file is not read: a bundle archive is a gzipped tar named NAME.tar.gz"},
		"gz":                 {"x.gz", "", "x.gz: the file is not read: a bundle archive is named NAME.tar.gz"},
		"zip":                {"x.zip", "", "x.zip: the file is not read: a bundle archive"},
		"system":             {"data.yaml", "system: {log: x}", "data.yaml:1: data.system is reserved"},
		"mcp.policy":         {"data.yaml", "mcp: {policy: {a: 1}}", "data.yaml:1: data.mcp.policy is reserved"},
		"mcp":                {"data.yaml", "mcp: 1", "data.yaml:1: data.mcp is a number"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"a.rego": denyBad, tc.file: tc.content})
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestDataCollisions(t *testing.T) {
	for name, f := range map[string]files{
		"two in a directory": {"data.json": `{"sub": {"a": 1}}`, "data.yaml": "sub: {a: 1}"},
		"above and below":    {"data.json": `{"sub": {"a": 1}}`, "sub/data.yaml": "a: 2"},
		"value and object":   {"data.json": `{"sub": {"a": 1}}`, "sub/a/data.yaml": "b: 2"},
	} {
		t.Run(name, func(t *testing.T) {
			f["a.rego"] = denyBad
			_, err := load(t.Context(), f)
			require.ErrorContains(t, err, "data.json and ")
			require.ErrorContains(t, err, "both define data.sub.a")
		})
	}
}

func TestBundles(t *testing.T) {
	p := mustLoad(t, files{
		"a.rego":                 denyBad,
		"data.yaml":              "mcp: {settings: {enforcement: {team.x: warn}}}",
		"team/.manifest":         `{"revision": "1", "roots": ["mcp/policy/team", "mcp/settings/params/team.x", "team"], "rego_version": 1}`,
		"team/policies/x.rego":   "package mcp.policy.team.x\n\ndeny contains \"m\" if input.server.name in data.mcp.settings.params[\"team.x\"].names",
		"team/data.yaml":         "mcp: {settings: {params: {team.x: {names: [x]}}}}",
		"team/team/data.yaml":    "v: 1",
		"team/other/.manifest":   "{}",
		"team/other/lib/y.rego":  "package other\n\nv := data.z",
		"team/other/data.json":   `{"z": 1}`,
		"team/testdata/z.rego":   "x",
		"team/nested/deep/.keep": "",
	})
	require.Equal(t, []string{"a", "team.x"}, p.Policies())
	r := eval(t, p, "x")
	require.True(t, r.Allowed)
	require.Len(t, r.Violations, 1)
}

func TestBundleErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		files files
		want  []string
	}{
		"one policy in two": {
			files{"a.rego": denyBad, "x/.manifest": "{}", "x/a.rego": denyBad},
			[]string{"x/a.rego:1: policy a is in bundle x and, at a.rego:1, in the files outside of any bundle too"},
		},
		"a root above another": {
			files{"x/.manifest": `{"roots": ["mcp"]}`, "x/a.rego": denyBad, "y/.manifest": `{"roots": ["/mcp/policy/b/"]}`},
			[]string{`bundle x (root "mcp") and bundle y (root "mcp/policy/b") overlap`},
		},
		"everything": {
			files{"x/.manifest": `{"roots": [""]}`, "x/a.rego": denyBad, "data.yaml": "x: 1"},
			[]string{`(root "x") and bundle x (root "") overlap`},
		},
		"settings in two": {
			files{"a.rego": denyBad, "data.yaml": "mcp: {settings: {enforcement: {}}}", "x/.manifest": "{}", "x/data.yaml": "mcp: {settings: {enforcement: {a: warn}}}"},
			[]string{`(root "mcp/settings/enforcement") and bundle x (root "mcp/settings/enforcement") overlap`},
		},
		"package outside": {
			files{"x/.manifest": `{"roots": ["mcp/policy/x"]}`, "x/a.rego": denyBad},
			[]string{`x/a.rego:1: package mcp.policy.a is outside the roots ["mcp/policy/x"] of bundle x: add the root`},
		},
		"root is a part of a name": {
			files{"x/.manifest": `{"roots": ["mcp/policy/a"]}`, "x/a.rego": strings.Replace(denyBad, "policy.a", "policy.ab", 1)},
			[]string{"package mcp.policy.ab is outside the roots"},
		},
		"data outside": {
			files{"x/.manifest": `{"roots": ["mcp/policy/a", "q/r"]}`, "x/a.rego": denyBad, "x/data.yaml": "q: {r: 1, s: 2}"},
			[]string{"x/data.yaml:1: data.q.s is outside the roots"},
		},
		"no roots at all": {
			files{"x/.manifest": `{"roots": []}`, "x/a.rego": denyBad},
			[]string{"package mcp.policy.a is outside the roots []"},
		},
		"manifest not json":   {files{"a.rego": denyBad, ".manifest": "roots:"}, []string{".manifest:1: "}},
		"manifest list":       {files{"a.rego": denyBad, ".manifest": "[]"}, []string{".manifest: want an object"}},
		"manifest unknown":    {files{"a.rego": denyBad, ".manifest": `{"root": []}`}, []string{`.manifest:1: unknown key "root": write roots`}},
		"manifest roots":      {files{"a.rego": denyBad, ".manifest": `{"roots": "mcp"}`}, []string{".manifest:1: roots is a string"}},
		"manifest root":       {files{"a.rego": denyBad, ".manifest": `{"roots": [1]}`}, []string{".manifest:1: roots holds a number"}},
		"manifest v0":         {files{"a.rego": denyBad, ".manifest": `{"rego_version": 0}`}, []string{".manifest:1: rego_version is 0"}},
		"manifest v0 by file": {files{"a.rego": denyBad, ".manifest": `{"file_rego_versions": {"a.rego": 0}}`}, []string{".manifest:1: file_rego_versions"}},
		"manifest wasm":       {files{"a.rego": denyBad, ".manifest": `{"wasm": [{}]}`}, []string{".manifest:1: wasm is not read"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), tc.files)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

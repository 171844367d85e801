package rego_test

import (
	"fmt"
	"strings"
)

// Files whose names alone make a bundle malformed.
func nameCases() []textCase {
	var cases []textCase
	for _, name := range []string{
		"x.REGO", "x.Rego", "x.rego.txt", "x.rego ", "x.REGO.TXT", "x.rego.disabled", "x.rego.1", "x.rego_", "x.rego.j2", "x_test.REGO", "rego", "policy",
		"x.json", "x.yaml", "x.yml", "Data.json", "DATA.YAML", "data.JSON", "data.jsonc", "data.json5", "data.ndjson", "data.toml", "data.xml", "data.csv", "data", "data.txt",
		".Manifest", ".MANIFEST", "manifest", "x.manifest", "manifest.json", "manifest.yaml",
		"policy.wasm", "plan.json", "patch.json", "x.wasm", "x.tgz", "x.tar", "x.zip", "x.gz", "x.TAR.GZ", "x.tar.xz", "x.tar.gz.sig", "x.rego.gz",
		"x.sh", "x.py", "x.go", "x.js", "x.cedar", "x.hcl", "x.exe", "x.so", "x.txt", "x.html", "x.pdf", "x.png", "x.log", "x.pem", "x.lock", "Dockerfile", "requirements.txt",
		"x\n.rego", "x\x1b.rego", "x\u202e.rego", `x\y.rego`, "C:x.rego", "x\u00a0.rego",
		"sub/x.txt", "sub/deeper/x.json",
	} {
		cases = append(cases, textCase{fmt.Sprintf("name %q", name), name, "{}", "file-name"})
	}
	return cases
}

// A source that is malformed as a whole.
type treeCase struct {
	src  files
	rule string
	file string // that a finding of the rule names
}

func treeCases() map[string]treeCase {
	module := func(name string) string { return "package " + name + "\n\ndeny contains \"m\"\n" }
	lib := func(name string) string { return "package " + name + "\n\nx := 1\n" }
	a, b := module("mcp.policy.a"), module("mcp.policy.b")
	many := files{"a.rego": a}
	for i := range 10_000 {
		many[fmt.Sprintf("many/%05d.md", i)] = ""
	}
	deep := strings.Repeat("d/", 17)
	return map[string]treeCase{
		"no file":                        {files{}, "no-policy", ""},
		"documentation alone":            {files{"README.md": "x"}, "no-policy", ""},
		"data alone":                     {files{"data.json": "{}"}, "no-policy", ""},
		"manifest alone":                 {files{".manifest": "{}"}, "no-policy", ""},
		"tests alone":                    {files{"a_test.rego": "package mcp.policy.a_test\n\ntest_x if true\n"}, "no-policy", ""},
		"a package of helpers alone":     {files{"a.rego": lib("corp")}, "no-policy", ""},
		"hidden files alone":             {files{".a.rego": a, ".git/a.rego": a}, "no-policy", ""},
		"backups alone":                  {files{"a.rego~": a, "a.rego.bak": a}, "no-policy", ""},
		"data for tests alone":           {files{"testdata/a.rego": a}, "no-policy", ""},
		"archive in a directory":         {files{"a.rego": a, "sub/x.tar.gz": ""}, "archive", "sub/x.tar.gz"},
		"archive in a bundle":            {files{"a.rego": a, "sub/.manifest": "{}", "sub/x.tar.gz": ""}, "archive", "sub/x.tar.gz"},
		"too many files":                 {many, "file-limit", "many"},
		"too deep":                       {files{"a.rego": a, deep + "b.rego": b}, "file-limit", strings.TrimSuffix(deep, "/")},
		"policy in two bundles":          {files{"x/.manifest": "{}", "x/a.rego": a, "y/.manifest": "{}", "y/a.rego": a}, "policy-in-two-bundles", "y/a.rego"},
		"policy in a bundle and outside": {files{"a.rego": a, "y/.manifest": "{}", "y/a.rego": a}, "policy-in-two-bundles", "y/a.rego"},
		"one root twice":                 {files{"x/.manifest": `{"roots": ["mcp/policy"]}`, "x/a.rego": a, "y/.manifest": `{"roots": ["mcp/policy"]}`, "y/b.rego": b}, "overlapping-roots", "y/.manifest"},
		"a root above another":           {files{"x/.manifest": `{"roots": ["mcp"]}`, "x/a.rego": a, "y/.manifest": `{"roots": ["mcp/policy/b"]}`, "y/b.rego": b}, "overlapping-roots", "y/.manifest"},
		"a root below another":           {files{"x/.manifest": `{"roots": ["mcp/policy/a"]}`, "x/a.rego": a, "y/.manifest": `{"roots": ["mcp/policy", "corp"]}`, "y/b.rego": b}, "overlapping-roots", "y/.manifest"},
		"a root of everything":           {files{"x/.manifest": `{"roots": [""]}`, "x/a.rego": a, "y/.manifest": `{"roots": ["corp"]}`, "y/c.rego": lib("corp")}, "overlapping-roots", "y/.manifest"},
		"a root of a slash":              {files{"x/.manifest": `{"roots": ["/"]}`, "x/a.rego": a, "y/.manifest": `{"roots": ["corp"]}`, "y/c.rego": lib("corp")}, "overlapping-roots", "y/.manifest"},
		"a root and a file outside":      {files{"data.yaml": "corp: {x: 1}", "y/.manifest": `{"roots": ["corp", "mcp/policy"]}`, "y/a.rego": a}, "overlapping-roots", "y/.manifest"},
		"nested bundles":                 {files{"x/.manifest": `{"roots": ["mcp/policy"]}`, "x/a.rego": a, "x/y/.manifest": `{"roots": ["mcp/policy/b"]}`, "x/y/b.rego": b}, "overlapping-roots", "x/y/.manifest"},
		"settings in two bundles":        {files{"a.rego": a, "data.yaml": "mcp: {settings: {enforcement: {a: warn}}}", "y/.manifest": "{}", "y/data.yaml": "mcp: {settings: {enforcement: {a: deny}}}"}, "overlapping-roots", "y/.manifest"},
		"waivers in two bundles":         {files{"a.rego": a, "data.yaml": "mcp: {settings: {waivers: []}}", "y/.manifest": "{}", "y/data.yaml": "mcp: {settings: {waivers: []}}"}, "overlapping-roots", "y/.manifest"},
		"package outside of the roots":   {files{".manifest": `{"roots": ["corp"]}`, "a.rego": a}, "outside-roots", "a.rego"},
		"data outside of the roots":      {files{".manifest": `{"roots": ["mcp/policy"]}`, "a.rego": a, "data.yaml": "corp: 1"}, "outside-roots", "data.yaml"},
		"settings outside of the roots":  {files{".manifest": `{"roots": ["mcp/policy"]}`, "a.rego": a, "data.yaml": "mcp: {settings: {enforcement: {a: warn}}}"}, "outside-roots", "data.yaml"},
		"no roots at all":                {files{".manifest": `{"roots": []}`, "a.rego": a}, "outside-roots", "a.rego"},
		"value in JSON and in YAML":      {files{"a.rego": a, "data.json": `{"x": 1}`, "data.yaml": "x: 1"}, "data-conflict", "data.yaml"},
		"value in YAML and in YML":       {files{"a.rego": a, "data.yml": "x: 1", "data.yaml": "x: 2"}, "data-conflict", "data.yml"},
		"value above and below":          {files{"a.rego": a, "data.json": `{"x": {"y": 1}}`, "x/data.json": `{"y": 2}`}, "data-conflict", "x/data.json"},
		"value and directory":            {files{"a.rego": a, "data.json": `{"x": 1}`, "x/data.json": `{"y": 2}`}, "data-conflict", "x/data.json"},
		"data where a package is":        {files{"a.rego": a, "c.rego": lib("corp"), "corp/data.json": `{"x": 2}`}, "compile", "c.rego"},
		"reserved by its directory":      {files{"a.rego": a, "mcp/gate/data.json": `{"x": 2}`}, "data-reserved", "mcp/gate/data.json"},
		"system by its directory":        {files{"a.rego": a, "system/data.json": `{"x": 2}`}, "data-reserved", "system/data.json"},
		"settings by a wrong directory":  {files{"a.rego": a, "settings/data.yaml": "enforcement: {a: warn}"}, "settings-elsewhere", "settings/data.yaml"},
		"metadata twice":                 {files{"a.rego": "# METADATA\n# title: t\n" + a, "b.rego": "# METADATA\n# title: u\n" + a}, "metadata-twice", "b.rego"},
		"half of a policy is broken":     {files{"a.rego": a, "b.rego": a + "}"}, "parse", "b.rego"},
		"one of a hundred is broken":     {hundred(a), "parse", "p50.rego"},
	}
}

func hundred(broken string) files {
	f := files{}
	for i := range 100 {
		f[fmt.Sprintf("p%02d.rego", i)] = fmt.Sprintf("package mcp.policy.p%02d\n\ndeny contains \"m\"\n", i)
	}
	f["p50.rego"] = broken + "}"
	return f
}

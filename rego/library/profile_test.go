package library_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

func source(t *testing.T, profile string) fs.FS {
	t.Helper()
	fsys, err := library.Source(profile)
	require.NoError(t, err)
	return fsys
}

func contents(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range files(t, fsys, ".") {
		content, err := fs.ReadFile(fsys, name)
		require.NoError(t, err)
		all[name] = string(content)
	}
	return all
}

// loaded are the profiles that were loaded before, which takes its time.
var loaded = map[string]*rego.Policy{}

func load(t *testing.T, profile string) *rego.Policy {
	t.Helper()
	if loaded[profile] == nil {
		loaded[profile] = loadSource(t, source(t, profile))
	}
	return loaded[profile]
}

func loadSource(t *testing.T, fsys fs.FS) *rego.Policy {
	t.Helper()
	schema, err := os.ReadFile("../../gate/schema/input.json")
	require.NoError(t, err)
	policy, err := rego.Load(t.Context(), rego.LoadConfig{Name: "builtin", FS: fsys, InputSchema: schema})
	require.NoError(t, err)
	return policy
}

func TestProfilesAreThoseOfTheDirectory(t *testing.T) {
	var want []string
	for _, name := range files(t, os.DirFS("."), "profiles") {
		want = append(want, strings.TrimSuffix(path.Base(name), ".yaml"))
	}
	require.ElementsMatch(t, want, library.Names())
	require.Equal(t, library.Default, library.Names()[0])
	var names []string
	for _, p := range library.Profiles() {
		names = append(names, p.Name)
		require.NotEmpty(t, p.Title, p.Name)
		require.NotEmpty(t, p.Description, p.Name)
		require.NotEmpty(t, p.Policies, p.Name)
	}
	require.Equal(t, library.Names(), names)
}

func TestUnknownProfile(t *testing.T) {
	for _, name := range []string{"", "Strict", "strict.yaml", "../profiles/strict"} {
		_, err := library.Source(name)
		require.ErrorContains(t, err, "want starter, recommended, strict or audit-only", name)
	}
}

// Each profile is a source in which nothing is odd, with its policies at its
// levels.
func TestEveryProfileLoads(t *testing.T) {
	schema, err := os.ReadFile("../../gate/schema/input.json")
	require.NoError(t, err)
	for _, profile := range library.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			policy := load(t, profile.Name)
			require.Empty(t, policy.Warnings())
			if profile.Name == "strict" { // it has the policies of all of them
				report, err := rego.Check(t.Context(), rego.LoadConfig{Name: "builtin", FS: source(t, profile.Name), InputSchema: schema})
				require.NoError(t, err)
				require.Empty(t, report.Findings)
			}
			require.Len(t, policy.Info(), len(profile.Policies))
			for i, info := range policy.Info() {
				require.Equal(t, profile.Policies[i].Name, info.Name)
				require.Equal(t, profile.Policies[i].Level, info.Level)
				require.Equal(t, profile.Policies[i].Title, info.Title)
			}
			require.Equal(t, contents(t, source(t, profile.Name)), contents(t, source(t, profile.Name)), "it is the same each time")
		})
	}
}

func TestSourceIsOneBundleWithoutTests(t *testing.T) {
	profile, err := library.Lookup(library.Default)
	require.NoError(t, err)
	want := []string{".manifest", "data.json"}
	for _, policy := range profile.Policies {
		want = append(want, "policy/"+policy.Files[0].Name)
	}
	slices.Sort(want)
	require.Equal(t, want, files(t, source(t, library.Default), "."))
	manifest, err := fs.ReadFile(source(t, library.Default), ".manifest")
	require.NoError(t, err)
	require.JSONEq(t, `{"roots": ["mcp/policy", "mcp/settings"], "rego_version": 1, "metadata": {"mcp-runner": {"library": "`+library.Version+`", "profile": "starter"}}}`, string(manifest))
}

// What a lesser profile blocks a greater one blocks too, and what it shows is
// shown at least.
func TestProfilesGrow(t *testing.T) {
	profiles := map[string]library.Profile{}
	for _, p := range library.Profiles() {
		profiles[p.Name] = p
	}
	levels := []string{"audit", "warn", "deny"}
	for lesser, greater := range map[string]string{"starter": "recommended", "recommended": "strict"} {
		for _, theirs := range profiles[lesser].Policies {
			ours, ok := profiles[greater].Policy(theirs.Name)
			require.True(t, ok, "%s: %s", greater, theirs.Name)
			require.GreaterOrEqual(t, slices.Index(levels, ours.Level), slices.Index(levels, theirs.Level), "%s: %s", greater, theirs.Name)
		}
		require.True(t, profiles[greater].Covers(profiles["starter"]), greater)
		require.Greater(t, len(profiles[greater].Policies), len(profiles[lesser].Policies))
	}
	for _, policy := range profiles["starter"].Policies {
		require.Equal(t, "deny", policy.Level, policy.Name)
	}
	for _, policy := range profiles["strict"].Policies {
		require.Equal(t, "deny", policy.Level, policy.Name)
	}
	for _, policy := range profiles["audit-only"].Policies {
		require.Equal(t, "audit", policy.Level, policy.Name)
	}
	require.Len(t, profiles["audit-only"].Policies, len(profiles["strict"].Policies))
	require.False(t, profiles["audit-only"].Covers(profiles["starter"]))
	for _, name := range []string{
		"exposure.unauthenticated", "launchers.opaque", "mounts.root", "mounts.socket",
		"permissions.host_network", "permissions.privileged", "remote.tls", "secrets.clear",
	} {
		_, ok := profiles["starter"].Policy(name)
		require.True(t, ok, "starter has lost %s", name)
	}
}

// small is a library of three policies with the profiles of a test.
func small(profiles map[string]string) fstest.MapFS {
	policy := func(name, params string) string {
		return "# METADATA\n# title: No " + name + "\n# custom:\n#   severity: low\n" + params + "package mcp.policy." + name +
			"\n\ndeny contains \"m\" if input.server.name == \"bad\"\n"
	}
	const params = "#   params:\n#     type: object\n#     properties:\n#       hosts: {type: array, items: {type: string}, default: [a.example]}\n#       limit: {type: integer, default: 3}\n"
	fsys := fstest.MapFS{
		"policy/a/one.rego": {Data: []byte(policy("a.one", ""))}, "policy/a/one_test.rego": {Data: []byte("package mcp.policy.a.one_test\n")},
		"policy/a/two.rego": {Data: []byte(policy("a.two", params))}, "policy/a/two_test.rego": {Data: []byte("package mcp.policy.a.two_test\n")},
		"policy/b.rego": {Data: []byte(policy("b", "#   enforcement: warn\n"))}, "policy/b_test.rego": {Data: []byte("package mcp.policy.b_test\n")},
	}
	for name, text := range profiles {
		fsys["profiles/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestProfilesAreRead(t *testing.T) {
	base := `{policies: [a.two, b], levels: {"*": audit}, params: {a.two: {limit: 5}}}`
	for name, tc := range map[string]struct {
		text string
		want map[string]string // policy, level
		two  map[string]any    // the params of a.two
	}{
		"everything":               {`policies: ["*"]`, map[string]string{"a.one": "deny", "a.two": "deny", "b": "warn"}, map[string]any{"hosts": []any{"a.example"}, "limit": 3}},
		"an area":                  {`policies: ["a.*"]`, map[string]string{"a.one": "deny", "a.two": "deny"}, map[string]any{"hosts": []any{"a.example"}, "limit": 3}},
		"twice":                    {`policies: ["a.*", a.one]`, map[string]string{"a.one": "deny", "a.two": "deny"}, map[string]any{"hosts": []any{"a.example"}, "limit": 3}},
		"the nearest level":        {`{policies: ["*"], levels: {"*": audit, "a.*": warn, a.one: deny}}`, map[string]string{"a.one": "deny", "a.two": "warn", "b": "audit"}, map[string]any{"hosts": []any{"a.example"}, "limit": 3}},
		"params":                   {`{policies: [a.two], params: {a.two: {hosts: []}}}`, map[string]string{"a.two": "deny"}, map[string]any{"hosts": []any{}, "limit": 3}},
		"what it extends":          {`{extends: base}`, map[string]string{"a.two": "audit", "b": "audit"}, map[string]any{"hosts": []any{"a.example"}, "limit": 5}},
		"more than what it has":    {`{extends: base, policies: [a.one], levels: {b: deny}}`, map[string]string{"a.one": "deny", "a.two": "audit", "b": "deny"}, map[string]any{"hosts": []any{"a.example"}, "limit": 5}},
		"all levels of another":    {`{extends: base, levels: {"*": deny}}`, map[string]string{"a.two": "deny", "b": "deny"}, map[string]any{"hosts": []any{"a.example"}, "limit": 5}},
		"other params than it has": {`{extends: base, params: {a.two: {hosts: [b.example]}}}`, map[string]string{"a.two": "audit", "b": "audit"}, map[string]any{"hosts": []any{"b.example"}, "limit": 5}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := library.ReadProfile(small(map[string]string{"base": base, "x": tc.text}), "x")
			require.NoError(t, err)
			got := map[string]string{}
			for _, policy := range p.Policies {
				got[policy.Name] = policy.Level
				require.Len(t, policy.Files, 2)
			}
			require.Equal(t, tc.want, got)
			two, _ := p.Policy("a.two")
			require.Equal(t, tc.two, two.Params)
			_, ok := p.Policy("c")
			require.False(t, ok)
		})
	}
}

func TestBrokenProfiles(t *testing.T) {
	for text, want := range map[string]string{
		`policies: [c]`:                                           "profile x: policies: there is no policy c",
		`policies: ["c.*"]`:                                       "there is no policy c.*",
		`policies: ["a*"]`:                                        "there is no policy a*",
		`{policies: [b], levels: {a.one: warn}}`:                  "levels: there is no policy a.one in the profile",
		`{policies: [b], levels: {"a.*": warn}}`:                  "levels: there is no policy a.* in the profile",
		`{policies: [b], levels: {b: off}}`:                       `levels: b: "off" is no level: want audit, warn or deny`,
		`{policies: [b], params: {a.two: {limit: 1}}}`:            "params: there is no policy a.two in the profile",
		`{policies: [b], params: {b: {limit: 1}}}`:                "params: b takes no limit",
		`{policies: [a.two], params: {a.two: {host: x}}}`:         "params: a.two takes no host",
		`{extends: y}`:                                            "extends y: open profiles/y.yaml",
		`{extends: x}`:                                            "it extends itself through x",
		`{policys: [b]}`:                                          "field policys not found",
		"policies: [b]\n---\npolicies: [b]":                       "there is more than one YAML document",
		`{policies: [c], levels: {c: deny}, params: {c: {d: 1}}}`: "params: there is no policy c in the profile",
	} {
		_, err := library.ReadProfile(small(map[string]string{"x": text}), "x")
		require.ErrorContains(t, err, want, text)
	}
}

func TestBrokenPolicies(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(fstest.MapFS)
		want   string
	}{
		"no test":     {func(m fstest.MapFS) { delete(m, "policy/b_test.rego") }, "policy/b.rego: open policy/b_test.rego"},
		"no metadata": {func(m fstest.MapFS) { m["policy/b.rego"].Data = []byte("package mcp.policy.b\n") }, "policy/b.rego: there is no metadata"},
		"other files": {func(m fstest.MapFS) { m["policy/b.yaml"] = m["policy/b.rego"] }, "policy/b.yaml: want a file in Rego"},
		"no default": {func(m fstest.MapFS) {
			m["policy/a/two.rego"].Data = []byte(strings.Replace(string(m["policy/a/two.rego"].Data), ", default: 3", "", 1))
		}, "policy/a/two.rego: custom.params: limit has no default"},
		"no properties": {func(m fstest.MapFS) {
			m["policy/a/two.rego"].Data = []byte(strings.Replace(string(m["policy/a/two.rego"].Data), "properties", "property", 1))
		}, "policy/a/two.rego: custom.params has no properties"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := small(map[string]string{"x": `policies: ["*"]`})
			_, err := library.ReadProfile(fsys, "x")
			require.NoError(t, err)
			tc.change(fsys)
			_, err = library.ReadProfile(fsys, "x")
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// What is weaker than another profile in anything that this one blocks does not
// cover it.
func TestCovers(t *testing.T) {
	read := func(text string) library.Profile {
		t.Helper()
		p, err := library.ReadProfile(small(map[string]string{"x": text}), "x")
		require.NoError(t, err)
		return p
	}
	of := read(`{policies: [a.two, b], levels: {b: warn}}`)
	for text, want := range map[string]bool{
		`{policies: ["*"]}`:                                                 true,
		`{policies: ["*"], levels: {"*": deny}}`:                            true,
		`{policies: ["*"], levels: {a.one: audit}}`:                         true,
		`{policies: ["*"], levels: {b: audit}}`:                             false,
		`{policies: ["*"], levels: {a.two: warn}}`:                          false,
		`{policies: [a.two]}`:                                               false,
		`{policies: ["*"], params: {a.two: {limit: 4}}}`:                    false,
		`{policies: ["*"], levels: {b: warn}, params: {a.two: {limit: 3}}}`: true,
	} {
		require.Equal(t, want, read(text).Covers(of), text)
	}
}

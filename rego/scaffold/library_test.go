package scaffold_test

import (
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/suite"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

var update = flag.Bool("update", false, "write the suites of the profiles")

// libraryTree is a repository as init --profile writes it.
func libraryTree(t *testing.T, profile library.Profile) fstest.MapFS {
	t.Helper()
	files, err := product.LibraryRepository(profile)
	require.NoError(t, err)
	m := fstest.MapFS{}
	for _, f := range files {
		require.NotContains(t, m, f.Name)
		m[f.Name] = &fstest.MapFile{Data: f.Content, Mode: 0o644}
	}
	return m
}

func loadConfig(t *testing.T, repository fs.FS) rego.LoadConfig {
	t.Helper()
	policy, err := fs.Sub(repository, "policy")
	require.NoError(t, err)
	return rego.LoadConfig{Name: "new", FS: policy, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)}
}

// The directory policy of a repository with a profile decides as the profile that
// is built in does.
func TestLibraryRepositoryIsTheProfile(t *testing.T) {
	for _, profile := range library.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			cfg := loadConfig(t, libraryTree(t, profile))
			if profile.Name == "strict" { // it has the policies of all of them
				report, err := rego.Check(t.Context(), cfg)
				require.NoError(t, err)
				require.Empty(t, report.Findings)
			}
			source, err := library.Source(profile.Name)
			require.NoError(t, err)
			builtin, policies, err := rego.ReadSettings(t.Context(), rego.LoadConfig{Name: "builtin", FS: source})
			require.NoError(t, err)
			vendored, names, err := rego.ReadSettings(t.Context(), cfg)
			require.NoError(t, err)
			require.Equal(t, builtin, vendored)
			require.Equal(t, policies, names)

			readme := string(libraryTree(t, profile)["README.md"].Data)
			require.Contains(t, readme, "profile `"+profile.Name+"`")
			require.NotContains(t, readme, "@PROFILE@")
		})
	}
}

// Whoever edits the settings sees of each param what it is for.
func TestSettingsDescribeEveryParam(t *testing.T) {
	profile := library.Profile{Policies: []library.Policy{
		{Name: "a.b", Title: "No b", Level: "warn"},
		{Name: "a.c", Title: "No c", Level: "deny", Params: map[string]any{
			"flag": false, "long": longList(), "none": []any{}, "one": []any{"x: y", "#z"}, "rows": []any{map[string]any{"name": "n", "versions": []any{"1.10", "2"}}},
		}, Schema: map[string]any{"properties": map[string]any{
			"flag": map[string]any{"description": "Whether it is so"},
			"long": map[string]any{"description": "What " + strings.Repeat("is very long ", 10)},
			"none": map[string]any{"description": "Nothing"},
			"one":  map[string]any{"description": "Names"},
			"rows": map[string]any{"description": "Rows"},
		}}},
	}}
	text, err := scaffold.Settings(profile)
	require.NoError(t, err)
	want := "testdata/settings.yaml"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(want, text, 0o644))
	}
	golden, err := os.ReadFile(want)
	require.NoError(t, err)
	require.Equal(t, string(golden), string(text))

	settings, _, err := rego.ReadSettings(t.Context(), rego.LoadConfig{Name: "x", FS: fstest.MapFS{"data.yaml": &fstest.MapFile{Data: text}}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a.b": "warn", "a.c": "deny"}, settings.Enforcement)
	require.Equal(t, map[string]any{"a.c": profile.Policies[1].Params}, settings.Params)

	profile.Policies[1].Params["unknown"] = true
	_, err = scaffold.Settings(profile)
	require.EqualError(t, err, "a.c: the schema of the params has no unknown")
}

func longList() []any {
	var list []any
	for i := range 12 {
		list = append(list, fmt.Sprintf("registry-%d.example", i))
	}
	return list
}

// servers are what the suite of a new repository asks about: registries, too.
var servers = []struct{ name, given string }{
	{"a package with an exact version", `command: [npx, -y, "@modelcontextprotocol/server-everything@2026.8.31"]`},
	{"a package with whatever version is the newest", `command: [npx, -y, "@modelcontextprotocol/server-everything"]`},
	{"an image by its digest", "image: ghcr.io/acme/search@sha256:" + strings.Repeat("0f", 32)},
	{"a container with the socket of Docker", "command: [docker, run, -i, --rm, -v, \"/var/run/docker.sock:/var/run/docker.sock\", mcp/docker]"},
	{"a remote server over TLS", "remote_url: https://mcp.example.com/mcp"},
	{"a remote server in clear", "remote_url: http://mcp.example.com/mcp"},
	{"an MCP registry in clear", "registry: {operation: update_registry, url: \"http://registry.example.com/registry.json\"}"},
	{"back to the built-in MCP registry", "registry: {operation: delete_registry, name: default}"},
}

// The suite of a new repository expects what its policies decide.
func TestSuites(t *testing.T) {
	for _, profile := range library.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: loadConfig(t, libraryTree(t, profile))})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			text := fmt.Sprintf("# Servers and registries as people configure them, and what profile %s says: mcp-runner policy test\ncases:\n", profile.Name)
			for _, s := range servers {
				given := "  - name: " + s.name + "\n    " + s.given + "\n"
				text += given + expectation(t, store, "cases:\n"+given+"    expect: {allowed: true}\n")
			}
			name := path.Join("library/suites", profile.Name+".yaml")
			if *update {
				require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
			}
			golden, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, text, string(golden), "run: go test ./rego/scaffold -run Suites -update")
		})
	}
}

// expectation decides about the one case of a suite and says what came of it.
func expectation(t *testing.T, store *rego.Store, text string) string {
	t.Helper()
	parsed, err := suite.Parse("servers.yaml", []byte(text))
	require.NoError(t, err)
	c := parsed.Cases[0]
	in, err := c.Input(t.Context())
	require.NoError(t, err)
	g, err := gate.New(gate.Config{Stores: []*rego.Store{store}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	d, err := g.Decide(t.Context(), in)
	require.NoError(t, err)
	if len(d.Violations) == 0 {
		return "    expect: {allowed: true, violations: []}\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "    expect:\n      allowed: %t\n      violations:\n", d.Allowed)
	for _, v := range d.Violations {
		fmt.Fprintf(&b, "        - {policy: %s, level: %s}\n", v.Policy, v.Level)
	}
	return b.String()
}

func TestDriftOfLibrary(t *testing.T) {
	starter, err := library.Lookup("starter")
	require.NoError(t, err)
	strict, err := library.Lookup("strict")
	require.NoError(t, err)
	const socket, mine = "policy/library/mounts/socket.rego", "policy/library/mine/x.rego"
	// more is what strict has and starter has not.
	var more []string
	for _, policy := range strict.Policies {
		if _, ok := starter.Policy(policy.Name); !ok {
			more = append(more, "policy/library/"+policy.Files[0].Name, "policy/library/"+policy.Files[1].Name)
		}
	}
	slices.Sort(more)
	edit := func(m fstest.MapFS, name, content string) { m[name] = &fstest.MapFile{Data: []byte(content)} }
	for name, tc := range map[string]struct {
		to, from                       library.Profile
		change                         func(fstest.MapFS)
		edited, foreign, write, remove []string
	}{
		"nothing": {from: starter, to: starter},
		"line ends of Windows": {from: starter, to: starter, change: func(m fstest.MapFS) {
			for _, f := range m {
				f.Data = []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
			}
		}},
		"the same files of another version": {from: starter, to: starter, change: func(m fstest.MapFS) {
			edit(m, scaffold.RecordName, strings.Replace(string(m[scaffold.RecordName].Data), library.Version, "0.1.0", 1))
		}},
		"another profile": {from: starter, to: strict, write: append([]string{scaffold.RecordName}, more...)},
		"a lesser one":    {from: strict, to: starter, write: []string{scaffold.RecordName}, remove: more},
		"an edit": {
			from: starter, to: starter, change: func(m fstest.MapFS) { edit(m, socket, "package x\n") },
			edited: []string{socket}, write: []string{scaffold.RecordName, socket},
		},
		"a file that went": {
			from: starter, to: starter, change: func(m fstest.MapFS) { delete(m, socket) },
			edited: []string{socket}, write: []string{scaffold.RecordName, socket},
		},
		"a symlink": {
			from: starter, to: starter, change: func(m fstest.MapFS) { m[socket] = &fstest.MapFile{Data: []byte("../../x"), Mode: fs.ModeSymlink} },
			edited: []string{socket}, write: []string{scaffold.RecordName, socket},
		},
		"a file of the team": {
			from: starter, to: starter, change: func(m fstest.MapFS) { edit(m, mine, "package x\n") },
			foreign: []string{mine},
		},
		"a policy that is gone from the library": {
			from: starter, to: starter,
			change: func(m fstest.MapFS) {
				edit(m, mine, "package x\n")
				const sum = "1e22e4b9ba1e9b04e3ef6ff0ba1b9d3d4e1b3a6a9f3ef1d2ae4b0d8f0d2a0b5c"
				edit(m, scaffold.RecordName, strings.Replace(string(m[scaffold.RecordName].Data), `"files": {`, `"files": {"`+mine+`": "`+sum+`",`, 1))
			},
			edited: []string{mine}, write: []string{scaffold.RecordName}, remove: []string{mine},
		},
		"no record of the same files": {
			from: starter, to: starter, change: func(m fstest.MapFS) { delete(m, scaffold.RecordName) },
			write: []string{scaffold.RecordName},
		},
		"no record of other files": {
			from: starter, to: starter,
			change: func(m fstest.MapFS) {
				delete(m, scaffold.RecordName)
				edit(m, socket, "package x\n")
			},
			foreign: []string{socket}, write: []string{scaffold.RecordName, socket},
		},
		"a record that is none": {
			from: starter, to: starter, change: func(m fstest.MapFS) { edit(m, scaffold.RecordName, "{") },
			write: []string{scaffold.RecordName},
		},
	} {
		t.Run(name, func(t *testing.T) {
			repository := libraryTree(t, tc.from)
			if tc.change != nil {
				tc.change(repository)
			}
			d, err := scaffold.DriftOfLibrary(repository, tc.to)
			require.NoError(t, err)
			require.Equal(t, tc.edited, d.Edited)
			require.Equal(t, tc.foreign, d.Foreign)
			require.Equal(t, tc.remove, d.Remove)
			var write []string
			for _, f := range d.Write {
				write = append(write, f.Name)
			}
			require.Equal(t, tc.write, write)
			require.Equal(t, len(tc.write)+len(tc.remove) > 0, d.Any())

			// What it says is all that is to be done.
			for _, name := range d.Remove {
				delete(repository, name)
			}
			for _, f := range d.Write {
				repository[f.Name] = &fstest.MapFile{Data: f.Content}
			}
			d, err = scaffold.DriftOfLibrary(repository, tc.to)
			require.NoError(t, err)
			require.False(t, d.Any())
			require.Empty(t, d.Edited)
		})
	}
	_, err = scaffold.DriftOfLibrary(fstest.MapFS{"policy/library": &fstest.MapFile{}}, starter)
	require.EqualError(t, err, "policy/library is no directory: remove it")
}

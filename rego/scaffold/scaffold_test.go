package scaffold_test

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/lib"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

var product = scaffold.Product{Version: "v1.2.3", OPA: "v1.22.2", InputSchema: gate.InputSchema()}

// tree is a repository as init writes it.
func tree(t *testing.T, p scaffold.Product) fstest.MapFS {
	t.Helper()
	files, err := p.Repository()
	require.NoError(t, err)
	m := fstest.MapFS{}
	for _, f := range files {
		require.NotContains(t, m, f.Name)
		m[f.Name] = &fstest.MapFile{Data: f.Content, Mode: 0o644}
	}
	return m
}

// The directory policy of a new repository is a source of policies in which
// nothing is wrong.
func TestRepositoryIsWithoutFindings(t *testing.T) {
	policy, err := fs.Sub(tree(t, product), "policy")
	require.NoError(t, err)
	report, err := rego.Check(t.Context(), rego.LoadConfig{Name: "new", FS: policy, InputSchema: gate.InputSchema()})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	var names []string
	for _, info := range report.Policies {
		names = append(names, info.Name)
		require.NotEmpty(t, info.Title)
		require.NotEmpty(t, info.Description)
		require.NotEmpty(t, info.Remediation)
		require.NotEmpty(t, info.Links)
		require.Equal(t, rego.LevelDeny, info.Level)
		for _, file := range info.Files {
			require.FileExists(t, "repository/policy/"+strings.TrimSuffix(file, ".rego")+"_test.rego")
		}
	}
	require.Equal(t, []string{"images.registry", "packages.pinned"}, names)
}

func TestREADMEHoldsAPolicyThatLoads(t *testing.T) {
	readme := string(tree(t, product)["README.md"].Data)
	m := regexp.MustCompile("(?s)```rego\n(.*?)```").FindStringSubmatch(readme)
	require.NotNil(t, m)
	report, err := rego.Check(t.Context(), rego.LoadConfig{
		Name:        "readme",
		FS:          fstest.MapFS{"x.rego": &fstest.MapFile{Data: []byte(m[1])}},
		InputSchema: gate.InputSchema(),
	})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Len(t, report.Policies, 1)
}

func TestVersionsAreThoseOfTheProgram(t *testing.T) {
	const workflow = ".github/workflows/policy.yml"
	for version, want := range map[string]string{
		"v1.2.3":                             "@v1.2.3",
		"v1.2.3-rc.1":                        "@v1.2.3-rc.1",
		"(devel)":                            "@latest",
		"":                                   "@latest",
		"v0.0.0-20260101000000-abcdefabcdef": "@latest",
		"v1.2.3+dirty":                       "@latest",
	} {
		p := product
		p.Version = version
		text := string(tree(t, p)[workflow].Data)
		require.Contains(t, text, "cmd/mcp-runner"+want+"\n", version)
		require.Contains(t, text, `version: "v1.22.2"`)
		require.NotContains(t, text, "_VERSION@")
	}
}

func TestVendoredIsWhatTheProgramHolds(t *testing.T) {
	files := tree(t, product)
	require.Equal(t, string(gate.InputSchema()), string(files["schemas/input.json"].Data))
	require.Equal(t, string(rego.SettingsSchema()), string(files["schemas/settings.json"].Data))
	n := 0
	require.NoError(t, fs.WalkDir(lib.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		want, err := lib.FS.ReadFile(name)
		require.Equal(t, string(want), string(files[path.Join(".mcp", name)].Data), name)
		return err
	}))
	require.NotZero(t, n)
	require.Contains(t, string(files[".mcp/.manifest"].Data), `"version": "v1.2.3"`)
}

func TestDrift(t *testing.T) {
	const host, manifest = ".mcp/mcp/lib/host.rego", ".mcp/.manifest"
	older := product
	older.Version, older.InputSchema = "v1.0.0", []byte("{}\n")
	same := product
	same.Version = "v1.2.2"
	edit := func(m fstest.MapFS, name, content string) { m[name] = &fstest.MapFile{Data: []byte(content)} }

	for name, tc := range map[string]struct {
		of      scaffold.Product
		change  func(fstest.MapFS)
		names   []string
		missing bool
		edited  bool
	}{
		"nothing":                       {of: product},
		"the same files of another one": {of: same},
		"line ends of Windows": {of: product, change: func(m fstest.MapFS) {
			for _, f := range m {
				f.Data = []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
			}
		}},
		"an older version": {of: older, names: []string{"schemas/input.json"}},
		"an edit": {
			of: product, change: func(m fstest.MapFS) { edit(m, host, "package mcp.lib\n") },
			names: []string{host}, edited: true,
		},
		"an edit of the schema": {
			of: product, change: func(m fstest.MapFS) { edit(m, "schemas/input.json", "{}") },
			names: []string{"schemas/input.json"}, edited: true,
		},
		"an edit of an older version": {
			of: older, change: func(m fstest.MapFS) { edit(m, host, "package mcp.lib\n") },
			names: []string{host, "schemas/input.json"}, edited: true,
		},
		"a file that went": {
			of: product, change: func(m fstest.MapFS) { delete(m, host) },
			names: []string{host}, edited: true,
		},
		"a file that came": {
			of: product, change: func(m fstest.MapFS) { edit(m, ".mcp/x/y.rego", "package x\n") },
			names: []string{".mcp/x/y.rego"}, edited: true,
		},
		"a symlink": {
			of: product,
			change: func(m fstest.MapFS) {
				m[host] = &fstest.MapFile{Data: []byte("../../../policy/x.rego"), Mode: fs.ModeSymlink}
			},
			names: []string{host}, edited: true,
		},
		"no manifest": {
			of: product, change: func(m fstest.MapFS) { delete(m, manifest) },
			names: []string{manifest}, edited: true,
		},
		"other roots": {
			of:     product,
			change: func(m fstest.MapFS) { edit(m, manifest, strings.Replace(string(m[manifest].Data), "mcp/gate", "x", 1)) },
			names:  []string{manifest}, edited: true,
		},
		"no .mcp": {
			of: product,
			change: func(m fstest.MapFS) {
				for name := range m {
					if strings.HasPrefix(name, ".mcp/") {
						delete(m, name)
					}
				}
			},
			names: vendoredRego(t), missing: true, edited: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			repository := tree(t, tc.of)
			if tc.change != nil {
				tc.change(repository)
			}
			d, err := product.Drift(repository)
			require.NoError(t, err)
			require.Equal(t, tc.names, d.Names())
			require.Equal(t, len(tc.names) > 0, d.Any())
			require.Equal(t, tc.missing, d.Missing)
			require.Equal(t, tc.edited, d.Edited)
			if !tc.edited {
				require.Equal(t, tc.of.Version, d.Version)
			}

			// What it says is all that is to be done.
			for _, name := range d.Remove {
				delete(repository, name)
			}
			for _, f := range d.Write {
				repository[f.Name] = &fstest.MapFile{Data: f.Content}
			}
			d, err = product.Drift(repository)
			require.NoError(t, err)
			require.False(t, d.Any())
			require.False(t, d.Edited)
		})
	}
}

// vendoredRego are the modules in .mcp/, sorted.
func vendoredRego(t *testing.T) []string {
	t.Helper()
	var names []string
	for name := range tree(t, product) {
		if strings.HasPrefix(name, ".mcp/") && strings.HasSuffix(name, ".rego") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestDriftRefusesAFileInPlaceOfTheDirectory(t *testing.T) {
	_, err := product.Drift(fstest.MapFS{".mcp": &fstest.MapFile{}})
	require.ErrorContains(t, err, ".mcp is no directory")
}

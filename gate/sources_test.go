package gate_test

import (
	"cmp"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// policyDir writes a directory of policies: file name, content.
func policyDir(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644))
	}
	return dir
}

func openSources(t *testing.T, cfg gate.SourcesConfig) ([]*rego.Store, error) {
	t.Helper()
	missing := filepath.Join(t.TempDir(), "missing")
	if cfg.SystemDir == "" {
		cfg.SystemDir = missing
	}
	if cfg.UserDir == "" {
		cfg.UserDir = missing
	}
	if cfg.Getenv == nil {
		cfg.Getenv = func(string) string { return "" }
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	stores, err := gate.OpenSources(t.Context(), cfg)
	t.Cleanup(func() {
		for _, store := range stores {
			require.NoError(t, store.Close())
		}
	})
	return stores, err
}

func names(stores []*rego.Store) []string {
	out := []string{}
	for _, store := range stores {
		out = append(out, store.Name())
	}
	return out
}

func TestSources(t *testing.T) {
	system, user := policyDir(t, "a.rego", allowing), policyDir(t, "a.rego", allowing)
	first, second := policyDir(t, "a.rego", allowing), policyDir(t, "a.rego", allowing)
	none := policyDir(t, "a.rego", allowing, "data.yaml", "mcp: {settings: {builtin: none}}\n")
	list := func(dirs ...string) func(string) string {
		return func(name string) string {
			if name == gate.PolicyVariable {
				return strings.Join(dirs, string(os.PathListSeparator))
			}
			return ""
		}
	}
	for name, tc := range map[string]struct {
		cfg  gate.SourcesConfig
		want []string
	}{
		"builtin alone":  {gate.SourcesConfig{}, []string{"builtin"}},
		"all":            {gate.SourcesConfig{SystemDir: system, Policies: []string{first}, Getenv: list("", second, ""), UserDir: user}, []string{"system", first, second, "user", "builtin"}},
		"each once":      {gate.SourcesConfig{SystemDir: system, Policies: []string{first, system, first + "/."}, Getenv: list(first, user), UserDir: user}, []string{"system", first, user, "builtin"}},
		"no builtin":     {gate.SourcesConfig{Policies: []string{first}, NoBuiltin: true}, []string{first}},
		"nothing":        {gate.SourcesConfig{NoBuiltin: true}, []string{}},
		"none allowed":   {gate.SourcesConfig{SystemDir: none, NoBuiltin: true}, []string{"system"}},
		"none not asked": {gate.SourcesConfig{SystemDir: none}, []string{"system", "builtin"}},
		"stricter":       {gate.SourcesConfig{SystemDir: system, Builtin: "strict"}, []string{"system", "builtin"}},
		"weaker":         {gate.SourcesConfig{SystemDir: none, Builtin: "audit-only"}, []string{"system", "builtin"}},
		"weaker alone":   {gate.SourcesConfig{Builtin: "audit-only"}, []string{"builtin"}},
	} {
		t.Run(name, func(t *testing.T) {
			stores, err := openSources(t, tc.cfg)
			require.NoError(t, err)
			require.Equal(t, tc.want, names(stores))
			for _, store := range stores {
				require.NoError(t, store.Status().LastError)
			}
		})
	}
	t.Run("without builtin", func(t *testing.T) {
		_, err := openSources(t, gate.SourcesConfig{SystemDir: system, NoBuiltin: true})
		require.EqualError(t, err, "the built-in policies cannot be left out: the settings of "+system+" do not say builtin: none")
		broken := policyDir(t, "a.rego", "package")
		_, err = openSources(t, gate.SourcesConfig{SystemDir: broken, NoBuiltin: true})
		require.ErrorContains(t, err, "do not say builtin: none")
		_, err = openSources(t, gate.SourcesConfig{SystemDir: system, Builtin: "audit-only"})
		require.EqualError(t, err, "the built-in policies cannot be those of profile audit-only, which blocks less than starter: the settings of "+system+" do not say builtin: none")
		_, err = openSources(t, gate.SourcesConfig{SystemDir: broken, Builtin: "audit-only"})
		require.ErrorContains(t, err, "do not say builtin: none")
		_, err = openSources(t, gate.SourcesConfig{Builtin: "stricter"})
		require.EqualError(t, err, `built-in policies: there is no profile "stricter": want starter, recommended, strict or audit-only`)
		_, err = openSources(t, gate.SourcesConfig{Builtin: "strict", NoBuiltin: true})
		require.EqualError(t, err, "the built-in policies are left out, and their profile strict cannot be chosen too")
		_, err = openSources(t, gate.SourcesConfig{Policies: []string{""}})
		require.EqualError(t, err, "a policy directory is named by an empty path")
	})
	t.Run("names", func(t *testing.T) {
		t.Chdir(filepath.Dir(first))
		require.NoError(t, os.Mkdir("system", 0o755))
		require.NoError(t, os.WriteFile("system/a.rego", []byte(allowing), 0o644))
		stores, err := openSources(t, gate.SourcesConfig{Policies: []string{"system", filepath.Base(first)}, NoBuiltin: true})
		require.NoError(t, err)
		require.Equal(t, []string{"." + string(filepath.Separator) + "system", filepath.Base(first)}, names(stores))
	})
}

// The built-in policies are those of the profile that was chosen, and say which
// it is.
func TestBuiltinProfile(t *testing.T) {
	for _, chosen := range append([]string{""}, library.Names()...) {
		stores, err := openSources(t, gate.SourcesConfig{Builtin: chosen})
		require.NoError(t, err)
		profile, err := library.Lookup(cmp.Or(chosen, library.Default))
		require.NoError(t, err)
		var want []string
		for _, policy := range profile.Policies {
			want = append(want, policy.Name)
			require.Equal(t, policy.Level, stores[0].Policy().Settings().Enforcement[policy.Name])
		}
		require.Equal(t, want, stores[0].Policy().Policies())
		g, err := gate.New(gate.Config{Stores: stores})
		require.NoError(t, err)
		require.Equal(t, profile.Name, g.Status().Sources[0].Profile)
		require.Equal(t, "builtin", g.Status().Sources[0].Name)
	}
}

// The directory of the user is where the user's environment says.
func TestUserDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the directory comes from the system there")
	}
	config, home := t.TempDir(), t.TempDir()
	for _, dir := range []string{config, filepath.Join(home, ".config")} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "mcp-runner", "policy"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "mcp-runner", "policy", "a.rego"), []byte(denying), 0o644))
	}
	for name, env := range map[string]map[string]string{
		"xdg":          {"XDG_CONFIG_HOME": config, "HOME": "/missing"},
		"home":         {"HOME": home},
		"xdg relative": {"XDG_CONFIG_HOME": "config", "HOME": home},
		"neither":      {},
	} {
		t.Run(name, func(t *testing.T) {
			stores, err := gate.OpenSources(t.Context(), gate.SourcesConfig{
				SystemDir: filepath.Join(home, "missing"),
				Getenv:    func(name string) string { return env[name] },
				Log:       slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			want := []string{"user", "builtin"}
			if name == "neither" {
				want = want[1:]
			}
			require.Equal(t, want, names(stores))
			for _, store := range stores {
				require.NoError(t, store.Close())
			}
		})
	}
}

// A source that somebody named and that cannot be loaded denies; one that may
// exist does so too.
func TestSourcesThatDoNotLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for name, cfg := range map[string]gate.SourcesConfig{
		"missing":              {Policies: []string{filepath.Join(dir, "missing")}},
		"empty":                {Policies: []string{t.TempDir()}},
		"broken":               {Policies: []string{policyDir(t, "a.rego", "package mcp.policy.x\n\ndeny contains")}},
		"a file":               {Policies: []string{file}},
		"system is a file":     {SystemDir: file},
		"system below a file":  {SystemDir: filepath.Join(file, "policy")},
		"user is empty":        {UserDir: t.TempDir()},
		"dangling system link": {SystemDir: dangling(t)},
	} {
		t.Run(name, func(t *testing.T) {
			stores, err := openSources(t, cfg)
			require.NoError(t, err)
			require.Len(t, stores, 2)
			g, recorded := newRecordedGate(t, stores...)
			err = g.CheckCreateServer(t.Context(), process())
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.Len(t, recorded.last.Errors, 1)
			require.Contains(t, err.Error(), "source "+stores[0].Name()+": ")
			require.Empty(t, recorded.last.Sources[0].Revision)
			require.NotEmpty(t, recorded.last.Sources[1].Revision)
		})
	}
}

func dangling(t *testing.T) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "policy")
	if err := os.Symlink(filepath.Join(t.TempDir(), "missing"), link); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	return link
}

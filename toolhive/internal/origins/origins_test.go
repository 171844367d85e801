//go:build unix

package origins_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stacklok/toolhive/pkg/container/templates"

	"github.com/mcp-runner/mcp-runner/toolhive/internal/origins"
)

func open(t *testing.T) (*origins.Store, string) {
	t.Helper()
	state := t.TempDir()
	s := origins.Open(func(name string) string {
		return map[string]string{"XDG_STATE_HOME": state, "LocalAppData": state}[name]
	})
	return s, filepath.Join(state, "mcp-runner", "toolhive", "origins")
}

func entry(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	return filepath.Join(dir, files[0].Name())
}

func name(reference string) string { return origins.Name(reference) + ":20260102030405" }

func TestRemembers(t *testing.T) {
	s, dir := open(t)
	want := origins.Origin{
		Reference: "npx://@scope/pkg@1.2.3", Args: []string{"start"},
		Runtime: &templates.RuntimeConfig{BuildWith: []string{"a<2"}},
	}
	at := name(want.Reference)
	_, known := s.Origin(at)
	require.False(t, known)
	require.NoError(t, s.Remember(at, want))
	got, known := s.Origin(at)
	require.True(t, known)
	require.Equal(t, want, got)
	info, err := os.Stat(entry(t, dir))
	require.NoError(t, err)
	require.Equal(t, "-rw-------", info.Mode().String())
	info, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, "drwx------", info.Mode().String())
	require.NotContains(t, entry(t, dir), "pkg")
}

// Only what ToolHive calls an image that it built of the reference is
// remembered.
func TestNamesThatAreRefused(t *testing.T) {
	s, dir := open(t)
	for _, at := range []string{
		"toolhivelocal/npx-pkg:latest", "toolhivelocal/npx-pkg", "toolhivelocal/npx-pkg:1", "toolhivelocal/uvx-pkg:20260102030405",
		"toolhivelocal/npx-other:20260102030405", "evil/npx-pkg:20260102030405", "ghcr.io/toolhivelocal/npx-pkg:20260102030405",
		"toolhivelocal/npx-pkg:20260102030405@sha256:" + strings.Repeat("a", 64), "docker.io/toolhivelocal/npx-pkg:20260102030405", "",
	} {
		require.ErrorContains(t, s.Remember(at, origins.Origin{Reference: "npx://pkg"}), "is not the name", at)
		_, known := s.Origin(at)
		require.False(t, known, at)
	}
	require.Error(t, s.Remember("toolhivelocal/npx-pkg:20260102030405", origins.Origin{Reference: "pkg"}))
	require.NoDirExists(t, dir)
}

// What is not a whole entry of this user's is not known.
func TestEntriesThatAreNotKnown(t *testing.T) {
	const reference = "npx://pkg"
	for what, spoil := range map[string]func(t *testing.T, file string){
		"empty":     func(t *testing.T, file string) { rewrite(t, file, "") },
		"cut":       func(t *testing.T, file string) { rewrite(t, file, `{"image": "`) },
		"other":     func(t *testing.T, file string) { replace(t, file, "npx-pkg", "npx-pk2") },
		"reference": func(t *testing.T, file string) { replace(t, file, "npx://pkg", "npx://other") },
		"two":       func(t *testing.T, file string) { replace(t, file, "}", "}{}") },
		"large":     func(t *testing.T, file string) { replace(t, file, "{", "{"+strings.Repeat(" ", 1<<20)) },
		"writable":  func(t *testing.T, file string) { require.NoError(t, os.Chmod(file, 0o620)) },
		"directory writable": func(t *testing.T, file string) {
			require.NoError(t, os.Chmod(filepath.Dir(file), 0o770))
		},
		"symlink": func(t *testing.T, file string) {
			require.NoError(t, os.Rename(file, file+".real"))
			require.NoError(t, os.Symlink(file+".real", file))
		},
		"directory a symlink": func(t *testing.T, file string) {
			dir := filepath.Dir(file)
			require.NoError(t, os.Rename(dir, dir+".real"))
			require.NoError(t, os.Symlink(dir+".real", dir))
		},
		"directory": func(t *testing.T, file string) {
			require.NoError(t, os.Remove(file))
			require.NoError(t, os.Mkdir(file, 0o700))
		},
	} {
		t.Run(what, func(t *testing.T) {
			s, dir := open(t)
			at := name(reference)
			require.NoError(t, s.Remember(at, origins.Origin{Reference: reference}))
			_, known := s.Origin(at)
			require.True(t, known)
			spoil(t, entry(t, dir))
			_, known = s.Origin(at)
			require.False(t, known)
		})
	}
}

// Where nothing can be written, remembering is an error and nothing is known.
func TestNoPlace(t *testing.T) {
	s := origins.Open(func(string) string { return "" })
	require.Error(t, s.Remember(name("npx://pkg"), origins.Origin{Reference: "npx://pkg"}))
	_, known := s.Origin(name("npx://pkg"))
	require.False(t, known)

	s, dir := open(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	rewrite(t, dir, "a file")
	require.Error(t, s.Remember(name("npx://pkg"), origins.Origin{Reference: "npx://pkg"}))
}

func rewrite(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func replace(t *testing.T, file, old, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	rewrite(t, file, strings.ReplaceAll(string(text), old, with))
}

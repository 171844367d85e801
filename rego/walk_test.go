package rego_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// write puts files below dir.
func write(t *testing.T, dir string, f files) {
	t.Helper()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
}

func loadDir(t *testing.T, dir string) (*rego.Policy, error) {
	t.Helper()
	return rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, InputSchema: []byte(schema), Log: quiet})
}

func TestLoadDir(t *testing.T) {
	f := files{"a.rego": denyBad, "sub/data.json": "{}", ".git/x.json": "nonsense"}
	dir := t.TempDir()
	write(t, dir, f)
	p, err := loadDir(t, dir)
	require.NoError(t, err)
	require.False(t, eval(t, p, "bad").Allowed)
	require.Equal(t, mustLoad(t, f).Revision(), p.Revision(), "a directory is what an fs.FS with the same files is")

	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	q, err := loadDir(t, link)
	require.NoError(t, err)
	require.Equal(t, p.Revision(), q.Revision())
}

func TestLoadDirMissing(t *testing.T) {
	_, err := loadDir(t, filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err = loadDir(t, file)
	require.ErrorContains(t, err, "is not a directory")
}

// The layout of a Kubernetes ConfigMap mount.
func TestLoadDirConfigMap(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"..2026_01/a.rego": denyBad, "..2026_01/sub/data.json": `{"n": 1}`})
	require.NoError(t, os.Symlink("..2026_01", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/a.rego", filepath.Join(dir, "a.rego")))
	require.NoError(t, os.Symlink("..data/sub", filepath.Join(dir, "sub")))
	p, err := loadDir(t, dir)
	require.NoError(t, err)
	require.Equal(t, mustLoad(t, files{"a.rego": denyBad, "sub/data.json": `{"n": 1}`}).Revision(), p.Revision())
}

func TestLoadDirSymlinkErrors(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, files{"x.rego": denyBad})
	for name, tc := range map[string]struct{ target, want string }{
		"absolute file":     {filepath.Join(outside, "x.rego"), "symlink link.rego leads nowhere inside the source"},
		"relative file":     {"../../../../../../../etc/passwd", "symlink link.rego leads nowhere inside the source"},
		"directory outside": {outside, "symlink link.rego leads nowhere inside the source"},
		"dangling":          {"missing", "symlink link.rego leads nowhere inside the source"},
		"itself":            {"link.rego", "symlink link.rego leads nowhere inside the source"},
		"loop":              {".", "symlink link.rego leads back to a directory above it"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad})
			require.NoError(t, os.Symlink(tc.target, filepath.Join(dir, "link.rego")))
			_, err := loadDir(t, dir)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestLimits(t *testing.T) {
	f := files{"a.rego": denyBad, "b/data.json": `{"x": "` + strings.Repeat("x", 100) + `"}`, "b/c/d/README": ""}
	enough := rego.Limits{Files: 100, Depth: 16, FileSize: 1 << 10, DataSize: 1 << 10, Total: 1 << 10}
	require.NoError(t, rego.ReadWithLimits(t.Context(), f.fs(), enough))

	packed := files{"x.tar.gz": gzipOf(t, sampleTar(t))}
	roomy := rego.Limits{Files: 100, Depth: 16, FileSize: 1 << 20, DataSize: 1 << 20, Total: 1 << 20}
	require.NoError(t, rego.ReadWithLimits(t.Context(), packed.fs(), roomy))
	for name, tc := range map[string]struct {
		files  files
		limits rego.Limits
		change func(*rego.Limits)
		want   string
	}{
		"files":           {f, enough, func(l *rego.Limits) { l.Files = 3 }, "the source holds more than 3 files"},
		"depth":           {f, enough, func(l *rego.Limits) { l.Depth = 2 }, "b/c/d: directories are nested more than 2 deep"},
		"file size":       {f, enough, func(l *rego.Limits) { l.FileSize = 10 }, "a.rego is larger than 10 bytes"},
		"data size":       {f, enough, func(l *rego.Limits) { l.DataSize = 10 }, "b/data.json is larger than 10 bytes"},
		"total":           {f, enough, func(l *rego.Limits) { l.Total = 150 }, "the source holds more than 150 bytes"},
		"archive files":   {packed, roomy, func(l *rego.Limits) { l.Files = 2 }, "the archive holds more than 2 files"},
		"archive depth":   {packed, roomy, func(l *rego.Limits) { l.Depth = 2 }, "nested more than 2 deep"},
		"archive member":  {packed, roomy, func(l *rego.Limits) { l.FileSize = 10 }, "is larger than 10 bytes"},
		"archive itself":  {packed, roomy, func(l *rego.Limits) { l.DataSize = 10 }, "x.tar.gz is larger than 10 bytes"},
		"archive unpacks": {packed, roomy, func(l *rego.Limits) { l.Total = 1 << 10 }, "unpacks to more than"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.change(&tc.limits)
			require.ErrorContains(t, rego.ReadWithLimits(t.Context(), tc.files.fs(), tc.limits), tc.want)
		})
	}
}

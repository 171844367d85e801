package rego_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// write puts files below dir.
func write(t testing.TB, dir string, f files) {
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
		"files":           {f, enough, func(l *rego.Limits) { l.Files = 3 }, "b: the source holds more than 3 files and directories, the limit of a source: take out what is no policy"},
		"depth":           {f, enough, func(l *rego.Limits) { l.Depth = 2 }, "b/c/d: directories are nested more than 2 deep, the limit of a source: move it up"},
		"file size":       {f, enough, func(l *rego.Limits) { l.FileSize = 10 }, "a.rego: the file is larger than 10 bytes, the limit of a file of its kind: split it"},
		"data size":       {f, enough, func(l *rego.Limits) { l.DataSize = 10 }, "b/data.json: the file is larger than 10 bytes"},
		"total":           {f, enough, func(l *rego.Limits) { l.Total = 150 }, "b/data.json: the source holds more than 150 bytes, the limit of all its files together: split the source"},
		"archive files":   {packed, roomy, func(l *rego.Limits) { l.Files = 2 }, "x.tar.gz: the source holds more than 2 files and directories"},
		"archive depth":   {packed, roomy, func(l *rego.Limits) { l.Depth = 2 }, "nested more than 2 deep"},
		"archive member":  {packed, roomy, func(l *rego.Limits) { l.FileSize = 10 }, "x.tar.gz/a.rego: the file is larger than 10 bytes"},
		"archive itself":  {packed, roomy, func(l *rego.Limits) { l.DataSize = 10 }, "x.tar.gz: the file is larger than 10 bytes"},
		"archive ratio":   {files{"x.tar.gz": gzipOf(t, cat(block('0', "README.md", strings.Repeat("x", 2<<20))))}, rego.Limits{Files: 100, Depth: 16, DataSize: 1 << 20, Total: 10 << 20}, func(l *rego.Limits) { l.Ratio = 20 }, "x.tar.gz: the archive unpacks to more than 20 times its size, the limit of an archive: take out what repeats itself"},
		"files together":  {files{"a.rego": denyBad, "x.tar.gz": packed["x.tar.gz"]}, roomy, func(l *rego.Limits) { l.Files = 6 }, "x.tar.gz: the source holds more than 6 files and directories"},
		"archive unpacks": {packed, roomy, func(l *rego.Limits) { l.Total = 1 << 10 }, "x.tar.gz: the source holds more than 1024 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.change(&tc.limits)
			require.ErrorContains(t, rego.ReadWithLimits(t.Context(), tc.files.fs(), tc.limits), tc.want)
		})
	}
}

// What is too large is refused without being read.
func TestLimitsOnDisk(t *testing.T) {
	for name, tc := range map[string]struct {
		size int64
		want string
	}{
		"x.rego":      {32<<20 + 1, "larger than 32 MiB"},
		".manifest":   {32<<20 + 1, "larger than 32 MiB"},
		"x_test.rego": {32<<20 + 1, "larger than 32 MiB"},
		"data.json":   {256<<20 + 1, "larger than 256 MiB"},
		"data.yaml":   {1 << 40, "larger than 256 MiB"},
		"x.tar.gz":    {256<<20 + 1, "larger than 256 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad, name: ""})
			require.NoError(t, os.Truncate(filepath.Join(dir, name), tc.size))
			before := allocated()
			_, err := loadDir(t, dir)
			require.ErrorContains(t, err, name+": ")
			require.ErrorContains(t, err, tc.want)
			require.Less(t, allocated()-before, uint64(16<<20))
		})
	}
}

func TestLoadSpecialModes(t *testing.T) {
	for _, mode := range []fs.FileMode{fs.ModeDevice, fs.ModeDevice | fs.ModeCharDevice, fs.ModeSocket, fs.ModeNamedPipe, fs.ModeIrregular} {
		for _, name := range []string{"x.rego", "data.json", "README.md", "x.rego~", "x.tar.gz"} {
			fsys := files{"a.rego": denyBad}.fs()
			fsys[name] = &fstest.MapFile{Mode: mode}
			_, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: fsys, Log: quiet})
			require.ErrorContains(t, err, name+" is neither a file nor a directory", "%v", mode)
		}
	}
}

// Each reason to skip a file, with names that it holds for.
func TestSkipped(t *testing.T) {
	names := map[string]string{
		".git/config": "the name begins with a dot", ".a.rego.swp": "the name begins with a dot", ".#a.rego": "the name begins with a dot", "..2026_01_02/a.rego": "the name begins with a dot",
		"._a.rego": "the name begins with a dot", ".DS_Store": "the name begins with a dot", "sub/.hidden.json": "the name begins with a dot", ".signatures.txt": "the name begins with a dot",
		"testdata/x.json": "data for tests", "sub/testdata/y.exe": "data for tests", "lost+found/x": "a file system keeps it",
		"a.rego~": "an editor left it", "a.rego.~1~": "an editor left it", "#a.rego#": "an editor left it", "a.rego.swp": "an editor left it", "4913": "an editor left it", "a.rego___jb_tmp___": "an editor left it",
		"data.yaml.bak": "a backup", "a.rego.orig": "a backup", "sub/a.rego.rej": "a backup", "x.tar.gz.tmp": "a backup", "A.REGO.BAK": "a backup",
		"data.yaml.dpkg-dist": "a package manager", "a.rego.rpmsave": "a package manager", "Thumbs.db": "a file manager", "desktop.ini": "a file manager",
		"README": "documentation", "README.md": "documentation", "readme.txt": "documentation", "sub/notes.MD": "documentation", "LICENSE": "a notice", "LICENSE-MIT": "a notice", "NOTICE.txt": "a notice", "CHANGELOG.md": "documentation",
		"CODEOWNERS": "what a repository", "OWNERS": "what a repository", "Makefile": "what a repository",
	}
	src := files{"a.rego": denyBad, "a_test.rego": "package mcp.policy.a_test\n"}
	for name := range names {
		src[name] = "nonsense"
	}
	for form, src := range map[string]files{"directory": src, "archive": {"x.tar.gz": packedFiles(t, src)}} {
		var log bytes.Buffer
		p, err := rego.Load(t.Context(), rego.LoadConfig{
			Name: "test", FS: src.fs(), InputSchema: []byte(schema),
			Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		require.NoError(t, err, form)
		require.Equal(t, []string{"a"}, p.Policies())
		logged := map[string]string{}
		for line := range strings.Lines(log.String()) {
			var entry struct{ File, Reason string }
			require.NoError(t, json.Unmarshal([]byte(line), &entry))
			logged[strings.TrimPrefix(entry.File, "x.tar.gz/")] = entry.Reason
		}
		for name, reason := range names {
			found := logged[name]
			for dir := name; found == "" && dir != "."; dir = path.Dir(dir) {
				found = logged[dir] // skipped with all that is in it
			}
			require.Contains(t, found, reason, "%s: %s", form, name)
		}
	}
	used := map[string]bool{}
	for _, reason := range names {
		for _, r := range rego.SkipReasons() {
			used[r.Reason] = used[r.Reason] || strings.HasPrefix(r.Reason, reason)
		}
	}
	for _, r := range rego.SkipReasons() {
		require.True(t, used[r.Reason] || r.Names[0] == "*_test.rego", r.Reason)
	}
}

// Names of another case or another normal form of Unicode are other names, as
// they are to every archive.
func TestNamesThatDifferLittle(t *testing.T) {
	src := files{
		"a.rego": denyBad, "A.rego": "package mcp.policy.b\n\ndeny contains \"m\"", "sub/data.json": `{"x": 1}`, "Sub/data.json": `{"x": 2}`,
		"\u00e9/data.json": "{}", "e\u0301/data.json": "{}", "name with spaces.rego": "package mcp.policy.c\n\ndeny contains \"m\"",
	}
	require.Equal(t, []string{"a", "b", "c"}, mustLoad(t, src).Policies())
	require.Equal(t, []string{"a", "b", "c"}, mustLoad(t, files{"x.tar.gz": packedFiles(t, src)}).Policies())
}

// TestLoadDirBounded: the limit of entries holds for a directory of the file
// system, too, and what is skipped counts.
func TestLoadDirBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	for i := range 10_000 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.md", i)), nil, 0o644))
	}
	_, err := loadDir(t, dir)
	require.ErrorContains(t, err, "more than 10000 files and directories")
	require.NoError(t, os.Remove(filepath.Join(dir, "0.md")))
	_, err = loadDir(t, dir)
	require.NoError(t, err)
}

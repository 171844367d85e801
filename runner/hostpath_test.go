package runner_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestListedName(t *testing.T) {
	for name, tc := range map[string]struct {
		listed []string
		same   string // the one that is the file
		want   string
	}{
		"etc":      {[]string{"x", "etc"}, "etc", "etc"},
		"ETC":      {[]string{"x", "Etc"}, "Etc", "Etc"},
		"Both":     {[]string{"both", "Both"}, "both", "Both"},
		"PROGRA~1": {[]string{"x", "Program Files"}, "Program Files", "Program Files"},
		"ALIKE":    {[]string{"alikE", "Alike"}, "Alike", "Alike"},
		"gone":     {[]string{"x"}, "", "gone"},
	} {
		require.Equal(t, tc.want, runner.ListedName(tc.listed, name, func(s string) bool { return s == tc.same }), name)
	}
}

// Two names of one file are no other spelling of one name.
func TestResolveMountOfHardLinks(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "a"), nil, 0o600))
	if os.Link(filepath.Join(root, "a"), filepath.Join(root, "A")) != nil {
		t.Skip("this file system does not tell a from A")
	}
	for _, name := range []string{"a", "A"} {
		file := filepath.Join(root, name)
		c, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{file + ":/x"}})
		require.NoError(t, err)
		require.Equal(t, file, c.Resolved.Mounts[0].Resolved)
	}
}

// What a mount resolves to is what the system finds there, and no path of it
// leads through a link.
func FuzzMount(f *testing.F) {
	for _, s := range []string{"dir/file", "link", "link/../dir", "up/x", "dir/./sub/..", "//dir//", "gone/x", "dir/sub/../../link/sub", "abs/file", "Dir", "loop", "link/..", "file/"} {
		f.Add(s)
	}
	root, err := filepath.EvalSymlinks(f.TempDir())
	require.NoError(f, err)
	for _, dir := range []string{"dir/sub", "other/deep"} {
		require.NoError(f, os.MkdirAll(filepath.Join(root, dir), 0o700))
	}
	require.NoError(f, os.WriteFile(filepath.Join(root, "dir/file"), nil, 0o600))
	for link, target := range map[string]string{"link": "other/deep", "up": "dir/sub/..", "abs": filepath.Join(root, "dir"), "loop": "loop", "dir/back": "../other"} {
		if os.Symlink(target, filepath.Join(root, link)) != nil {
			f.Skip("this system makes no symbolic links for this user")
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		source := root + "/" + s
		m, err := runner.ParseVolume(source + ":/x")
		if err != nil {
			return
		}
		require.Equal(t, source, m.Source)
		c, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{source + ":/x"}})
		if err != nil {
			return
		}
		resolved := c.Resolved.Mounts[0].Resolved
		require.Equal(t, filepath.Clean(resolved), resolved)
		require.True(t, filepath.IsAbs(resolved))
		again, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{resolved + ":/x"}})
		require.NoError(t, err, resolved)
		require.Equal(t, resolved, again.Resolved.Mounts[0].Resolved)

		// The shortest form and the one that is followed, where there is a file.
		for _, spelling := range []string{source, filepath.Clean(source)} {
			want, err := filepath.EvalSymlinks(spelling)
			if err == nil {
				require.Equal(t, want, resolved, spelling)
				a, err := os.Stat(spelling)
				require.NoError(t, err)
				b, err := os.Stat(resolved)
				require.NoError(t, err)
				require.True(t, os.SameFile(a, b))
			}
		}
	})
}

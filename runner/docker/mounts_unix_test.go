//go:build unix

package docker_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// ownDirectory is a directory below those that nobody else can write, which that for
// temporary files is not, and the home directory not always.
func ownDirectory(t *testing.T) string {
	t.Helper()
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	var errs []error
	for _, above := range []string{home, "/var/lib"} {
		above, err := filepath.EvalSymlinks(above)
		require.NoError(t, err)
		dir, err := os.MkdirTemp(above, ".mcp-runner-test")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
		if err = docker.CheckMounts(mountOf(dir), false); err == nil {
			return dir
		}
		errs = append(errs, err)
	}
	require.NoError(t, errors.Join(errs...), "no directory of one's own")
	return ""
}

// Where nobody can look afterwards, nobody else may be able to exchange a source.
func TestCheckMounts(t *testing.T) {
	root := ownDirectory(t)
	dir := filepath.Join(root, "above", "dir")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Symlink("dir", filepath.Join(root, "above", "link")))
	for name, tt := range map[string]struct {
		source, closed string
		mode           os.FileMode
		want           string
	}{
		"only the user's":           {dir, dir, 0o755, ""},
		"file that others write to": {file, file, 0o666, ""},
		"group":                     {dir, dir, 0o775, dir + " can be written by others (mode 0775)"},
		"others":                    {dir, dir, 0o757, dir + " can be written by others (mode 0757)"},
		"above":                     {dir, filepath.Dir(dir), 0o775, filepath.Dir(dir) + " can be written by others"},
		"above a file":              {file, dir, 0o775, dir + " can be written by others"},
		"sticky":                    {dir, filepath.Dir(dir), 0o777 | os.ModeSticky, filepath.Dir(dir) + " can be written by others"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := os.Stat(tt.closed)
			require.NoError(t, err)
			require.NoError(t, os.Chmod(tt.closed, tt.mode))
			t.Cleanup(func() { require.NoError(t, os.Chmod(tt.closed, before.Mode())) })
			require.NoError(t, docker.CheckMounts(mountOf(tt.source), true), "somebody looks afterwards")
			err = docker.CheckMounts(mountOf(tt.source), false)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "mount a path below directories that only you and root can write to")
		})
	}
	t.Run("another user's", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root gives files away")
		}
		require.NoError(t, os.Chown(filepath.Dir(dir), 65534, 65534))
		require.ErrorContains(t, docker.CheckMounts(mountOf(dir), false), "belongs to another user (65534)")
	})
	for _, looks := range []bool{true, false} {
		require.ErrorContains(t, docker.CheckMounts(mountOf(dir+"/missing"), looks), "does not exist, and the engine would make a directory there")
		require.ErrorContains(t, docker.CheckMounts(mountOf(filepath.Join(root, "above", "link")), looks), "has become a symbolic link")
		require.NoError(t, docker.CheckMounts(mountOf("volume"), looks))
	}
}

func mountOf(source string) *runner.RunConfig {
	return &runner.RunConfig{Resolved: &runner.Resolved{Mounts: []runner.Mount{{Source: source, Resolved: source, Target: "/data"}}}}
}

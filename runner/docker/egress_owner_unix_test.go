//go:build unix

package docker_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner/docker"
)

func TestProgramThatOthersCouldHaveWritten(t *testing.T) {
	for name, c := range map[string]struct {
		change func(file string) error
		want   string
	}{
		"ours":       {func(f string) error { return os.Chmod(f, 0o755) }, ""},
		"group":      {func(f string) error { return os.Chmod(f, 0o775) }, "can be written by others: chmod go-w"},
		"all":        {func(f string) error { return os.Chmod(f, 0o757) }, "can be written by others"},
		"link":       {func(f string) error { return errors.Join(os.Rename(f, f+"x"), os.Symlink(f+"x", f)) }, "is not a regular file"},
		"other user": {func(f string) error { return os.Chown(f, 12345, -1) }, "belongs to another user"},
		"none":       {os.Remove, "no such file"},
	} {
		if name == "other user" && os.Geteuid() != 0 {
			continue // only root can give a file away
		}
		file := filepath.Join(t.TempDir(), "program")
		require.NoError(t, os.WriteFile(file, nil, 0o755))
		require.NoError(t, c.change(file))
		err := docker.OwnedAlone(file)
		if c.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.want, name)
	}
}

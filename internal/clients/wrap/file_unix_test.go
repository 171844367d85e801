//go:build unix

package wrap_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
)

func TestModeAndLinkStay(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "dotfiles", "mcp.json")
	require.NoError(t, os.Mkdir(filepath.Dir(real), 0o755))
	require.NoError(t, os.WriteFile(real, []byte(sample), 0o640))
	require.NoError(t, os.Chmod(real, 0o664)) // whatever the umask is
	link := filepath.Join(dir, "mcp.json")
	require.NoError(t, os.Symlink(filepath.Join("dotfiles", "mcp.json"), link))

	r := wrapFile(t, link)
	for _, path := range []string{real, r.Backup} {
		info, err := os.Lstat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o664), info.Mode())
	}
	target, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, filepath.Join("dotfiles", "mcp.json"), target)
	require.Contains(t, read(t, real), own)
	require.Equal(t, real+".mcp-runner.bak", r.Backup)
	unwrapFile(t, real, unwrapAll)
	require.Equal(t, sample, read(t, link))
}

func TestOwnerStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file of somebody else; CI runs as root")
	}
	path := place(t, sample)
	require.NoError(t, os.Chown(path, 65534, 65533))
	r := wrapFile(t, path)
	for _, name := range []string{path, r.Backup} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		stat, ok := info.Sys().(*syscall.Stat_t)
		require.True(t, ok)
		require.EqualValues(t, 65534, stat.Uid, name)
		require.EqualValues(t, 65533, stat.Gid, name)
	}
}

func TestLoopOfLinksNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	require.NoError(t, os.Symlink(a, b))
	require.NoError(t, os.Symlink(b, a))
	_, err := wrap.Files{DryRun: true}.Wrap(t.Context(), a, wrap.Options{Runner: own})
	require.ErrorContains(t, err, a+": ")
}

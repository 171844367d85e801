//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWrapOfAnothersFile holds that a file which this user may write, and not
// own, stays as it is: a new file in its place would be this user's.
func TestWrapOfAnothersFile(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user; CI runs as root")
	}
	dir, err := os.MkdirTemp(filepath.Dir(binary), "others")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o777))
	path := filepath.Join(dir, "mcp.json")
	const before = `{"mcpServers": {"a": {"command": "npx"}}}`
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
	require.NoError(t, os.Chmod(path, 0o666))
	cmd := exec.Command(binary, "wrap", path)
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "belongs to user 0 and group 0")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, string(data))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

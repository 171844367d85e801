//go:build unix

package clients_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// A pipe in the place of a file keeps nobody waiting.
func TestPipesAreNotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, ".cursor/mcp.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, syscall.Mkfifo(path, 0o644))
	config := write(t, filepath.Join(dir, "project/.vscode/mcp.json"), `{"servers": {"a": {"command": "a", "envFile": "env"}}}`)
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "project/env"), 0o644))
	done := make(chan error, 1)
	go func() { // ends at once, or the test has failed
		_, problems := clients.Find(t.Context(), machine(dir))
		if len(problems) != 1 || problems[0].Msg != "is not a regular file" {
			done <- errors.New("the pipe is no problem")
			return
		}
		file, err := clients.Read(t.Context(), clients.Location{Path: config, Home: dir})
		if err == nil && file.Servers[0].Problem != "1:47: the file of its variables: is not a regular file" {
			err = errors.New(file.Servers[0].Problem)
		}
		if err != nil {
			done <- err
			return
		}
		_, err = clients.Read(t.Context(), clients.Location{Path: path})
		done <- err
	}()
	select {
	case err := <-done:
		require.EqualError(t, err, path+": is not a regular file")
	case <-time.After(10 * time.Second):
		t.Fatal("a pipe is waited for")
	}
}

// What may not be read is a problem, and the rest is found.
func TestUnreadableFiles(t *testing.T) {
	if os.Getuid() == 0 {
		asNobody(t)
		return
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".cursor/mcp.json"), "{}")
	file := write(t, filepath.Join(dir, ".codex/config.toml"), "")
	require.NoError(t, os.Chmod(file, 0))
	write(t, filepath.Join(dir, ".gemini/settings.json"), "{}")
	require.NoError(t, os.Chmod(filepath.Join(dir, ".gemini"), 0))
	t.Cleanup(func() { require.NoError(t, os.Chmod(filepath.Join(dir, ".gemini"), 0o755)) })
	locations, problems := clients.Find(t.Context(), machine(dir))
	require.Equal(t, []string{"cursor user .cursor/mcp.json"}, found(dir, locations))
	paths := map[string]string{}
	for _, p := range problems {
		paths[p.Path] = p.Msg
	}
	require.Equal(t, "permission denied", paths[file])
	require.Equal(t, "permission denied", paths[filepath.Join(dir, ".gemini/settings.json")])
	require.Equal(t, "permission denied", paths[filepath.Join(dir, ".gemini/extensions")])
	_, problems = clients.Projects(t.Context(), dir, 1)
	require.Empty(t, problems, "hidden directories are not walked")
}

// asNobody runs the test as a user who may not read everything.
func asNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "clients")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, 65534, 65534)))
	self, err := os.Executable()
	require.NoError(t, err)
	bin, err := os.ReadFile(self)
	require.NoError(t, err)
	test := filepath.Join(dir, "test.bin")
	require.NoError(t, os.WriteFile(test, bin, 0o755))
	cmd := exec.CommandContext(t.Context(), test, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name()+" ")
}

//go:build unix

package rego_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

func TestLoadDirSpecialFiles(t *testing.T) {
	for _, name := range []string{"x.rego", "README", "data.json", "x.tar.gz"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad})
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, name), 0o644))
			done := make(chan error, 1)
			go func() { // ends at once, or the test has failed
				_, err := loadDir(t, dir)
				done <- err
			}()
			select {
			case err := <-done:
				require.ErrorContains(t, err, name+" is neither a file nor a directory")
			case <-time.After(10 * time.Second):
				t.Fatal("a FIFO blocks the load")
			}
		})
	}
	t.Run("socket", func(t *testing.T) {
		dir, err := os.MkdirTemp("", "s") // short, as a socket's path has to be
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
		write(t, dir, files{"a.rego": denyBad})
		l, err := net.Listen("unix", filepath.Join(dir, "s.rego"))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, l.Close()) })
		_, err = loadDir(t, dir)
		require.ErrorContains(t, err, "s.rego is neither a file nor a directory")
	})
	t.Run("source is a fifo", func(t *testing.T) {
		fifo := filepath.Join(t.TempDir(), "fifo")
		require.NoError(t, syscall.Mkfifo(fifo, 0o644))
		_, err := loadDir(t, fifo)
		require.ErrorContains(t, err, "is not a directory")
	})
}

// A file can become a FIFO after it was looked at.
// Such a name cannot be opened, whatever the file holds.
func TestLoadDirNameNotUTF8(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	if err := os.WriteFile(filepath.Join(dir, "b\xff.rego"), nil, 0o600); err != nil {
		t.Skip("the file system takes no such name: ", err)
	}
	_, err := loadDir(t, dir)
	require.ErrorContains(t, err, `the name "b\xff.rego" is not UTF-8: rename it`)
}

func TestReadFIFO(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "x.rego"), 0o644))
	done := make(chan error, 1)
	go func() { // ends at once, or the test has failed
		_, err := rego.ReadFile(dir, "x.rego")
		done <- err
	}()
	select {
	case err := <-done:
		require.ErrorContains(t, err, "x.rego is not a regular file")
	case <-time.After(10 * time.Second):
		t.Fatal("a FIFO blocks the read")
	}
}

// What changes while it is read is not taken, whatever was read of it.
func TestReadWhileChanging(t *testing.T) {
	old := time.Now().Add(-time.Hour)
	for name, change := range map[string]func(dir string) error{
		"file written": func(dir string) error { return os.WriteFile(filepath.Join(dir, "b.rego"), []byte("x"), 0o644) },
		"same size and time": func(dir string) error {
			name := filepath.Join(dir, "a.rego")
			return errors.Join(os.WriteFile(name, []byte(denyBad), 0o644), os.Chtimes(name, old, old))
		},
		"file added":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "c.rego"), nil, 0o644) },
		"file removed": func(dir string) error { return os.Remove(filepath.Join(dir, "a.rego")) },
		"nothing":      func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad, "b.rego": "package corp\n\nx := 1"})
			require.NoError(t, os.Chtimes(filepath.Join(dir, "a.rego"), old, old))
			err := rego.ReadDirWhile(t.Context(), dir, func(file string) {
				if file == "b.rego" {
					require.NoError(t, change(dir))
				}
			})
			if name == "nothing" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "the files changed while they were read")
			}
		})
	}
}

// Root reads everything, so the test runs itself once more as nobody.
func TestLoadDirUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	syscall.Umask(0o022) // nobody may share their group with others
	for name, unreadable := range map[string]string{
		"file":      "sub/b.rego",
		"data":      "sub/data.json",
		"directory": "sub",
		"source":    "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad, "sub/b.rego": "package corp\n\nx := 1", "sub/data.json": "{}"})
			path := filepath.Join(dir, unreadable)
			require.NoError(t, os.Chmod(path, 0))
			t.Cleanup(func() { require.NoError(t, os.Chmod(path, 0o755)) })
			_, err := loadDir(t, dir)
			require.ErrorIs(t, err, os.ErrPermission)
			require.ErrorContains(t, err, unreadable)
		})
	}
}

func asNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nobody")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, 65534, 65534)))
	self, err := os.Executable()
	require.NoError(t, err)
	bin, err := os.ReadFile(self)
	require.NoError(t, err)
	test := filepath.Join(dir, "test")
	require.NoError(t, os.WriteFile(test, bin, 0o755))

	cmd := exec.CommandContext(t.Context(), test, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir, "MCP_RUNNER_SOAK_REPORT=") // it may not write there
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name()+"/directory")
}

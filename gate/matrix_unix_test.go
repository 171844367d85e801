//go:build unix

package gate_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The kinds of process that some faults need.
const (
	asNobody = "an unprivileged user" // root may read everything
	asFewFDs = "a process that opens no more files"
)

var childFaults = append([]string{asNobody, asFewFDs}, linuxChildFaults...)

// runChild runs the cells of one kind of process in one, and holds that it ran
// them all.
func runChild(t *testing.T, as string, table []row) {
	dir, err := os.MkdirTemp("", "matrix")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o700))
	program, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	self := filepath.Join(dir, "gate.test")
	require.NoError(t, os.WriteFile(self, program, 0o755))
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestFailClosed$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), cellsVariable+"="+as, "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if as == asNobody && os.Geteuid() == 0 {
		const nobody = 65534
		require.NoError(t, os.Chown(dir, nobody, nobody))
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	prepareChild(t, as, cmd)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) && os.Getenv("CI") == "" {
		t.Skip("the system refuses this process: ", err)
	}
	require.NoError(t, err, "%s", out)
	ran := 0
	for _, f := range faults() {
		for moment := range f.cells {
			if f.as == as && f.cells[moment] != nil {
				ran++
				require.Contains(t, string(out), "--- PASS: TestFailClosed/"+strings.ReplaceAll(f.name, " ", "_")+"/"+moment)
			}
		}
	}
	require.Positive(t, ran)
	require.True(t, slices.ContainsFunc(table, func(r row) bool { return len(r.cells) > 0 }))
}

// special puts something there that is neither a file nor a directory.
func special(make func(path string) error) func(t testing.TB, dir string) {
	return func(t testing.TB, dir string) { require.NoError(t, make(filepath.Join(dir, "x.rego"))) }
}

func unreadable(name string) func(t testing.TB, dir string) {
	return func(t testing.TB, dir string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.Chmod(path, 0))
	}
}

func platformSourceFaults() []sourceFault {
	all := []sourceFault{
		{name: "FIFO", do: special(func(path string) error { return syscall.Mkfifo(path, 0o644) }), reason: "x.rego is neither a file nor a directory"},
		{name: "FIFO that no policy would be in", do: func(t testing.TB, dir string) {
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "README"), 0o644))
		}, reason: "README is neither a file nor a directory"},
		{name: "socket", do: func(t testing.TB, dir string) {
			l, err := net.Listen("unix", filepath.Join(dir, "x.rego"))
			require.NoError(t, err)
			l.(*net.UnixListener).SetUnlinkOnClose(false)
			t.Cleanup(func() { require.NoError(t, l.Close()) })
		}, reason: "x.rego is neither a file nor a directory"},
		{name: "symlink that leads out", do: special(func(path string) error { return os.Symlink("/etc/hosts", path) }), reason: "x.rego"},
		{name: "symlink that leads out by ..", do: func(t testing.TB, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(dir), "out.rego"), []byte(denyNamed("x", "other")), 0o644))
			require.NoError(t, os.Symlink("../out.rego", filepath.Join(dir, "x.rego")))
		}, reason: "x.rego"},
		{name: "symlink that leads nowhere", do: special(func(path string) error { return os.Symlink("gone.rego", path) }), reason: "x.rego leads nowhere"},
		{name: "symlink that leads to itself", do: special(func(path string) error { return os.Symlink("x.rego", path) }), reason: "x.rego"},
		{name: "symlinks in a circle", do: func(t testing.TB, dir string) {
			require.NoError(t, os.Symlink("..", filepath.Join(dir, "lib", "up")))
		}, reason: "lib/up"},
		{name: "name that is not UTF-8", do: func(t testing.TB, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "b\xff.rego"), nil, 0o644))
		}, reason: `is not UTF-8`},
		{name: "directory that all may write to", do: func(t testing.TB, dir string) {
			require.NoError(t, os.Chmod(dir, 0o777))
		}, reason: "writ"},
		{name: "file that all may write to", do: func(t testing.TB, dir string) {
			require.NoError(t, os.Chmod(filepath.Join(dir, "good.rego"), 0o666))
		}, reason: "good.rego.*writ"},
		{name: "data that all may write to", do: func(t testing.TB, dir string) {
			require.NoError(t, os.Chmod(filepath.Join(dir, "stopped", "data.json"), 0o666))
		}, reason: "stopped/data.json.*writ"},
		{name: "too many open files", as: asFewFDs, do: func(t testing.TB, dir string) {
			// Something changes, which takes no open file.
			putFiles(t, dir, map[string]string{".more": denyNamed("more", "other")})
			noMoreFiles(t)
			require.NoError(t, os.Rename(filepath.Join(dir, ".more"), filepath.Join(dir, "more.rego")))
		}, reason: "too many open files", not: map[string]string{atAgain: "to take the first source away takes an open file"}},
	}
	for what, name := range map[string]string{
		"source": ".", "directory": "lib", "module": "good.rego", "module of a bundle": "team/team.rego", "data": "stopped/data.json",
		"settings": "data.yaml", "manifest": "team/.manifest", "archive": "packed.tar.gz",
	} {
		all = append(all, sourceFault{name: "unreadable " + what, as: asNobody, do: unreadable(name), reason: "permission denied"})
	}
	return append(all, linuxSourceFaults()...)
}

// noMoreFiles lets no file be opened until the test ends.
func noMoreFiles(t testing.TB) {
	t.Helper()
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
	f, err := os.Open("/")
	require.NoError(t, err)
	next := f.Fd() // the lowest that is free
	require.NoError(t, f.Close())
	now := before
	now.Cur = uint64(next)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &now))
	t.Cleanup(func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before)) })
}

func platformFaults() []fault {
	return append([]fault{
		recordFault(asNobody, "directory of the decision log is not to be written to", "decision could not be recorded: .*permission denied", func(c *cell, path string, on bool) {
			dir := filepath.Dir(path)
			require.NoError(c, os.MkdirAll(dir, 0o700))
			require.NoError(c, os.Chmod(dir, map[bool]os.FileMode{true: 0o000, false: 0o700}[on]))
		}).fault(),
		recordFault("", "decision log is a FIFO", "decision could not be recorded: .*a pipe", func(c *cell, path string, on bool) {
			c.aside(path, on, func() error { return syscall.Mkfifo(path, 0o600) })
		}).fault(),
	}, linuxFaults()...)
}

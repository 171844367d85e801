package runner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func resolvedMount(t *testing.T, source string) (string, error) {
	t.Helper()
	c, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{source + ":/x"}})
	if err != nil {
		return "", err
	}
	return c.Resolved.Mounts[0].Resolved, nil
}

// The links of procfs that stand for something of a process lead each process
// somewhere else; its root is the machine's.
func TestResolveMountsThroughProcesses(t *testing.T) {
	root := tree(t, map[string]string{
		"x/file":    "",
		"to-root":   "->/proc/self/root",
		"to-cwd":    "->/proc/self/cwd",
		"to-fd":     "->/dev/fd",
		"own/1/cwd": "",
		"own/fd/3":  "",
	})
	self := fmt.Sprintf("/proc/%d", os.Getpid())
	open, err := os.Open(root + "/x")
	require.NoError(t, err)
	defer func() { require.NoError(t, open.Close()) }()
	fd := fmt.Sprint(open.Fd())
	for source, want := range map[string]string{
		"/proc/self/root" + root:                       root,
		"/proc/thread-self/root" + root:                root,
		self + "/root" + root + "/x":                   root + "/x",
		self + "/task/" + self[6:] + "/root" + root:    root,
		"/proc/self/root/proc/self/root/" + root:       root,
		"/proc/self/root":                              "/",
		root + "/to-root" + root + "/x":                root + "/x",
		root + "/own/1/cwd":                            root + "/own/1/cwd",
		root + "/own/fd/3":                             root + "/own/fd/3",
		"/proc/mounts":                                 self + "/mounts",
		"/proc/self/root/proc/sys/kernel/core_pattern": "/proc/sys/kernel/core_pattern",
	} {
		resolved, err := resolvedMount(t, source)
		require.NoError(t, err, source)
		require.Equal(t, want, resolved, source)
	}
	for _, source := range []string{
		"/proc/self/cwd", "/proc/self/cwd/etc", "/proc/thread-self/cwd", self + "/cwd/x", "/proc/self/exe", "/proc/self/fd/" + fd, "/proc/self/fd/" + fd + "/file",
		"/dev/fd/" + fd, "/dev/fd/999", root + "/to-cwd/x", root + "/to-fd/" + fd, "/proc/self/map_files/1-2", "/proc/self/ns/mnt",
		"/proc/self/root/proc/self/cwd", "/proc/4194999/cwd/etc", "/proc/4194999/root/etc", "/proc/self/fd/../cwd",
	} {
		_, err := resolvedMount(t, source)
		require.ErrorContains(t, err, "write the path itself", source)
	}
}

// A process in other mounts has another root, even where it calls that /.
func TestResolveMountsOfAnotherRoot(t *testing.T) {
	for _, pid := range processes(t) {
		mounts, err := os.Readlink(filepath.Join(pid, "ns/mnt"))
		if err != nil {
			continue // it ended, or is somebody else's
		}
		ours, err := os.Readlink("/proc/self/ns/mnt")
		require.NoError(t, err)
		if resolved, err := resolvedMount(t, filepath.Join(pid, "root", "etc")); err == nil {
			require.Equal(t, ours, mounts, pid)
			etc, err := filepath.EvalSymlinks("/etc")
			require.NoError(t, err)
			require.Equal(t, etc, resolved)
		}
	}
}

func processes(t *testing.T) []string {
	t.Helper()
	pids, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	require.NotEmpty(t, pids)
	return pids
}

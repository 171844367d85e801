//go:build unix

package gate_test

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

// childVariable makes TestRecordChild record decisions in this process.
const childVariable = "GATE_TEST_RECORD"

// TestRecordChild is what the tests below run as other processes: NAME, how many
// decisions, the file, and the size at which it rotates.
func TestRecordChild(t *testing.T) {
	args := strings.Split(os.Getenv(childVariable), "|")
	if len(args) != 4 {
		t.Skip("it runs in child processes only")
	}
	n, err := strconv.Atoi(args[1])
	require.NoError(t, err)
	size, err := strconv.ParseInt(args[3], 10, 64)
	require.NoError(t, err)
	if size < 0 { // no file may be larger, as on a full disk
		signal.Ignore(syscall.SIGXFSZ)
		limit := uint64(-size)
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}))
	}
	g := recorded(t, args[2], func(c *gate.FileRecorderConfig) { c.MaxSize, c.MaxBackups = size, -1 }, open(t, "s", allowing))
	for i := range n {
		if err := g.CheckCreateServer(context.Background(), named(fmt.Sprintf("%s-%d", args[0], i))); err != nil {
			t.Fatalf("child: %v", err)
		}
	}
}

// recordChild prepares a child process that records.
func recordChild(t *testing.T, name string, n int, path string, size int64) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestRecordChild$", "-test.v")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d|%s|%d", childVariable, name, n, path, size))
	return cmd
}

// Eight processes write to one file, which rotates meanwhile: each line is
// there, whole, in a file of this user alone.
func TestManyProcessesRecord(t *testing.T) {
	const processes, each = 8, 50
	dir := filepath.Join(t.TempDir(), "log")
	path := filepath.Join(dir, "d.jsonl")
	var cmds []*exec.Cmd
	for i := range processes {
		cmd := recordChild(t, fmt.Sprintf("p%d", i), each, path, 40_000)
		cmd.Stdout = new(strings.Builder)
		require.NoError(t, cmd.Start())
		cmds = append(cmds, cmd)
	}
	// A reader follows at the same time.
	follower, err := gate.NewRecordReader(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, follower.Close()) }()
	var followed []gate.RecordLine
	ended := make(chan int, processes)
	for i, cmd := range cmds {
		go func() { // ends with the process
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v\n%s", i, err, cmd.Stdout)
			}
			ended <- i
		}()
	}
	for left := processes; left > 0; {
		select {
		case <-ended:
			left--
		default:
			followed = append(followed, readOn(t, follower)...)
		}
	}
	followed = append(followed, readOn(t, follower)...)

	for name, lines := range map[string][]gate.RecordLine{"read": readLog(t, path), "followed": followed} {
		next := map[string]int{}
		for _, l := range lines {
			require.NoError(t, l.Err, "%s: %s:%d", name, l.File, l.Row)
			process, n, _ := strings.Cut(l.Record.Server(), "-")
			require.Equal(t, strconv.Itoa(next[process]), n, "%s: lines of one process are in order", name)
			next[process]++
		}
		require.Len(t, next, processes, name)
		for process, n := range next {
			require.Equal(t, each, n, "%s: %s", name, process)
		}
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Greater(t, len(entries), 10, "it rotated")
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode(), e.Name())
		require.LessOrEqual(t, info.Size(), int64(40_000), e.Name())
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
}

// Where there is no room for the line, nothing of it stays and nothing is
// allowed.
func TestNoRoomForARecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	g := recorded(t, path, nil, open(t, "s", allowing))
	require.NoError(t, g.CheckCreateServer(t.Context(), named("one")))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	out, err := recordChild(t, "child", 1, path, int64(-len(before)-100)).CombinedOutput()
	require.Error(t, err, "%s", out)
	require.Contains(t, string(out), "no verdict was reached: decision could not be recorded: decision log "+path)
	require.Contains(t, string(out), "file too large")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

func TestFilesThatAreNoLog(t *testing.T) {
	allowed := open(t, "s", allowing)
	for name, tc := range map[string]struct {
		make func(t *testing.T, path string) error
		want string
		of   string // "" is the log itself
	}{
		"symlink": {func(t *testing.T, path string) error {
			require.NoError(t, os.WriteFile(path+".real", nil, 0o600))
			return os.Symlink(path+".real", path)
		}, "it is no regular file but a symbolic link", ""},
		"dangling symlink": {func(_ *testing.T, path string) error { return os.Symlink(path+".real", path) }, "a symbolic link", ""},
		"directory":        {func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) }, "a directory", ""},
		"pipe":             {func(_ *testing.T, path string) error { return syscall.Mkfifo(path, 0o600) }, "a pipe", ""},
		"socket":           {func(_ *testing.T, path string) error { return listenOn(t, path) }, "a pipe or a socket", ""},
		"open to others": {func(t *testing.T, path string) error {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			return os.Chmod(path, 0o620)
		}, "others may write to it (mode 0620)", ""},
		"directory open to others": {func(_ *testing.T, path string) error { return os.Chmod(filepath.Dir(path), 0o777) }, "every user may replace files in", ""},
		"directory is a file":      {func(_ *testing.T, path string) error { return os.WriteFile(path, nil, 0o600) }, "not a directory", "d.jsonl/d.jsonl"},
		"lock is a pipe":           {func(_ *testing.T, path string) error { return syscall.Mkfifo(path+".lock", 0o600) }, "d.jsonl.lock is no regular file", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			require.NoError(t, os.Mkdir(dir, 0o700))
			path := filepath.Join(dir, "d.jsonl")
			require.NoError(t, tc.make(t, path))
			if tc.of != "" {
				path = filepath.Join(dir, tc.of)
			}
			err := recorded(t, path, nil, allowed).CheckCreateServer(t.Context(), named("srv"))
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.ErrorContains(t, err, "decision log "+path+": ")
			require.ErrorContains(t, err, tc.want)
			_, err = os.Stat(filepath.Join(dir, "d.jsonl.real"))
			if name == "dangling symlink" {
				require.ErrorIs(t, err, fs.ErrNotExist)
			}
		})
	}
	t.Run("readable", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "d.jsonl")
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		require.NoError(t, recorded(t, path, nil, allowed).CheckCreateServer(t.Context(), named("srv")))
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
	})
}

// listenOn leaves a socket at path.
func listenOn(t *testing.T, path string) error {
	ln, err := net.Listen("unix", path)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, ln.Close()) })
	}
	return err
}

// /dev/full takes a file to be opened and nothing to be written: it is no log.
func TestDeviceIsNoLog(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	err := gate.OpenLog("/dev/full")
	require.ErrorContains(t, err, "it is no regular file but a device")
}

// Root may write everywhere, so another user tries.
func TestRecordWithoutPermission(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("/tmp", "gate-record") // open to other users, unlike t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	program := filepath.Join(dir, "gate.test")
	data, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, data, 0o755))
	for name, tc := range map[string]struct {
		prepare func(dir string) error
		want    string
	}{
		"directory": {func(string) error { return nil }, "permission denied"},
		"file": {func(dir string) error {
			if err := os.WriteFile(filepath.Join(dir, "d.jsonl"), nil, 0o644); err != nil {
				return err
			}
			return os.Chown(dir, nobody, nobody)
		}, "permission denied"},
		"somebody else's": {func(dir string) error {
			path := filepath.Join(dir, "d.jsonl")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			if err := os.Chmod(path, 0o666); err != nil {
				return err
			}
			return os.Chown(dir, nobody, nobody)
		}, "it belongs to user 0, and this process is user 65534"},
		"its own": {func(dir string) error { return os.Chown(dir, nobody, nobody) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			log := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			require.NoError(t, os.Mkdir(log, 0o755))
			require.NoError(t, tc.prepare(log))
			cmd := recordChild(t, "child", 1, filepath.Join(log, "d.jsonl"), 1000)
			cmd.Path, cmd.Dir = program, dir
			cmd.Env = append(cmd.Env, "TMPDIR="+log)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			out, err := cmd.CombinedOutput()
			if tc.want == "" {
				require.NoError(t, err, "%s", out)
				require.Len(t, readLog(t, filepath.Join(log, "d.jsonl")), 1)
				return
			}
			require.Error(t, err, "%s", out)
			require.Contains(t, string(out), "decision could not be recorded")
			require.Contains(t, string(out), tc.want)
		})
	}
}

func TestDefaultDecisionLog(t *testing.T) {
	for name, tc := range map[string]struct {
		env        map[string]string
		want, fail string
	}{
		"home":           {env: map[string]string{"HOME": "/home/u"}, want: "/home/u/.local/state/mcp-runner/decisions.jsonl"},
		"state":          {env: map[string]string{"HOME": "/home/u", "XDG_STATE_HOME": "/s"}, want: "/s/mcp-runner/decisions.jsonl"},
		"relative state": {env: map[string]string{"HOME": "/home/u", "XDG_STATE_HOME": "s"}, want: "/home/u/.local/state/mcp-runner/decisions.jsonl"},
		"none":           {fail: "no place for the decision log"},
		"relative home":  {env: map[string]string{"HOME": "x"}, fail: "no place for the decision log"},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := gate.DefaultDecisionLog(func(key string) string { return tc.env[key] })
			if tc.fail != "" {
				require.ErrorContains(t, err, tc.fail)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, path)
		})
	}
}

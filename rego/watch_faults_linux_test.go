package rego_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

const faultTimes = 100

// inUserNamespace runs a test in a user namespace of its own, whose limits of
// inotify it may set. It returns false in the process that only runs that.
func inUserNamespace(t *testing.T) bool {
	t.Helper()
	const variable = "REGO_TEST_IN_NAMESPACE"
	if os.Getenv(variable) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"=1", "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 && os.Getenv("CI") == "" {
		t.Skip("the kernel makes no user namespace: ", err)
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	for line := range strings.SplitSeq(string(out), "\n") {
		if strings.Contains(line, "times") {
			t.Log(strings.TrimSpace(line))
		}
	}
	return false
}

// limit sets a limit of inotify in the namespace.
func limit(t *testing.T, what string, n int) {
	t.Helper()
	require.NoError(t, os.WriteFile("/proc/sys/user/max_inotify_"+what, []byte(strconv.Itoa(n)), 0))
}

// faultStore opens a store with a fast tick, which found every change so far.
func faultStore(t *testing.T, dir string) *rego.Store {
	t.Helper()
	cfg := storeConfig(dir)
	cfg.Tick = 20 * time.Millisecond
	return open(t, cfg)
}

// The system has no instance of inotify left, at the start or later on: changes
// are found by the tick, and by events once there is one again.
func TestFaultInotifyInstances(t *testing.T) {
	if !inUserNamespace(t) {
		return
	}
	for i := range soak.Times(faultTimes) {
		dir := filepath.Join(t.TempDir(), "p")
		write(t, dir, files{"sub/a.rego": named("one")})
		limit(t, "instances", 0)
		s := faultStore(t, dir)
		require.ErrorContains(t, s.Status().WatchError, "fs.inotify.max_user_instances")
		write(t, dir, files{"sub/a.rego": named("two")})
		denies(t, s, "two")
		require.Zero(t, s.Status().ByEvent, i)
		limit(t, "instances", 10)
		eventually(t, "watched", func() bool { return s.Status().WatchError == nil })
		byEvent(t, s, filepath.Join(dir, "sub/a.rego"))
		require.NoError(t, s.Close())
	}
	soak.Report(t, "no inotify instance: %d times, each change found", soak.Times(faultTimes))
}

// The system has too few watches for all directories.
func TestFaultInotifyWatches(t *testing.T) {
	if !inUserNamespace(t) {
		return
	}
	for i := range soak.Times(faultTimes) {
		dir := filepath.Join(t.TempDir(), "p")
		f := files{}
		for n := range 5 {
			f[fmt.Sprintf("d%d/a.rego", n)] = strings.ReplaceAll(named("one"), "policy.a", fmt.Sprintf("policy.d%d", n))
		}
		write(t, dir, f)
		limit(t, "watches", i%6)
		s := faultStore(t, dir)
		require.ErrorContains(t, s.Status().WatchError, "the system has no watch left (fs.inotify.max_user_watches)")
		last := strings.ReplaceAll(named("two"), "policy.a", "policy.d4")
		write(t, dir, files{"d4/a.rego": last})
		denies(t, s, "two")
		require.Zero(t, s.Status().ByEvent, "d4 is the last to be watched")
		limit(t, "watches", 1000)
		eventually(t, "watched", func() bool { return s.Status().WatchError == nil })
		byEvent(t, s, filepath.Join(dir, "d4/a.rego"))
		require.NoError(t, s.Close())
	}
	soak.Report(t, "no inotify watch: %d times, each change found", soak.Times(faultTimes))
}

// byEvent changes a file until an event is faster than the tick.
func byEvent(t *testing.T, s *rego.Store, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	before := s.Status()
	for i := 0; s.Status().ByEvent == before.ByEvent; i++ {
		text := string(content) + fmt.Sprintf("\ndeny contains \"%[1]s name\" if input.server.name == \"%[1]s\"\n", fmt.Sprint("n", i))
		require.NoError(t, os.WriteFile(path+".txt", []byte(text), 0o600))
		rename(t, path+".txt", path)
		denies(t, s, fmt.Sprint("n", i))
		eventually(t, "counted", func() bool {
			st := s.Status()
			return st.ByEvent+st.ByTick > before.ByEvent+before.ByTick+uint64(i)
		})
	}
}

// No file can be opened while the store watches: the policy in force stays and
// is not confirmed, until files can be opened again.
func TestFaultFileLimit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "p")
	write(t, dir, files{"a.rego": named("n0"), "b.rego": "package corp\n\nx := 1"})
	cfg := storeConfig(dir)
	cfg.Tick, cfg.MaxAge = 10*time.Millisecond, time.Second
	s := open(t, cfg)
	var full syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &full))
	restore := func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &full)) }
	t.Cleanup(restore)
	for i := range soak.Times(faultTimes) {
		name := fmt.Sprint("n", i)
		denies(t, s, name)
		write(t, dir, files{".next": named(fmt.Sprint("n", i+1))})
		none := full
		none.Cur = 3 // what is open stays open
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none))
		rename(t, filepath.Join(dir, ".next"), filepath.Join(dir, "a.rego"))
		eventually(t, "an error", func() bool { return errors.Is(s.Status().LastError, syscall.EMFILE) })
		confirmed := s.Status().ConfirmedAt
		if i == 0 {
			eventually(t, "expired", func() bool { return s.Status().Expired })
			_, err := s.Policy().Eval(t.Context(), server("fine"))
			require.ErrorIs(t, err, rego.ErrExpired)
			require.ErrorIs(t, err, syscall.EMFILE)
		} else if _, err := s.Policy().Eval(t.Context(), server("fine")); err != nil {
			require.ErrorIs(t, err, rego.ErrExpired) // on a slow machine
		}
		require.Equal(t, confirmed, s.Status().ConfirmedAt)
		restore()
		eventually(t, "no error", func() bool { return s.Status().LastError == nil })
	}
	soak.Report(t, "no file descriptor: %d times, the policy kept and each change found", soak.Times(faultTimes))
}

// A directory or a file of the source cannot be read for a while. Events alone
// announce that, and its end.
func TestFaultUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		soak.Report(t, "chmod 000 of a directory, a file, data, the source: %d times each, refused and found again", soak.Times(faultTimes))
		return
	}
	for name, unreadable := range map[string]string{"directory": "sub", "file": "sub/b.rego", "source": "", "data": "data.json"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "p")
			write(t, dir, files{"a.rego": named("n0"), "sub/b.rego": "package corp\n\nx := 1", "data.json": "{}"})
			s := open(t, storeConfig(dir))
			for i := range soak.Times(faultTimes) {
				denies(t, s, fmt.Sprint("n", i))
				in := s.Policy()
				write(t, dir, files{"a.rego": named(fmt.Sprint("n", i+1))})
				path := filepath.Join(dir, unreadable)
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.NoError(t, os.Chmod(path, 0))
				eventually(t, "an error", func() bool { return errors.Is(s.Status().LastError, os.ErrPermission) })
				require.Contains(t, []string{in.Revision(), s.Policy().Revision()}, s.Policy().Revision())
				require.NoError(t, os.Chmod(path, info.Mode()))
				denies(t, s, fmt.Sprint("n", i+1))
				eventually(t, "no error", func() bool { st := s.Status(); return st.LastError == nil && st.WatchError == nil })
			}
			require.Zero(t, s.Status().ByTick)
		})
	}
}

// The source is removed and made again, in ways that leave no moment between or
// a long one. Events alone announce it.
func TestFaultRemovedAndMade(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "x", "p")
	write(t, dir, files{"sub/a.rego": named("n0")})
	s := open(t, storeConfig(dir))
	for i := range soak.Times(faultTimes) {
		denies(t, s, fmt.Sprint("n", i))
		old := s.Policy()
		next := files{"sub/a.rego": named(fmt.Sprint("n", i+1))}
		switch i % 4 {
		case 0:
			require.NoError(t, os.RemoveAll(dir))
			write(t, dir, next)
		case 1: // with what is above it
			require.NoError(t, os.RemoveAll(filepath.Dir(dir)))
			eventually(t, "an error", func() bool { return errors.Is(s.Status().LastError, os.ErrNotExist) })
			require.Same(t, old, s.Policy())
			write(t, dir, next)
		case 2:
			write(t, filepath.Join(top, "next"), next)
			rename(t, dir, filepath.Join(top, fmt.Sprint("old", i)))
			rename(t, filepath.Join(top, "next"), dir)
		case 3: // a part of it
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "sub")))
			eventually(t, "an error", func() bool { return errors.Is(s.Status().LastError, rego.ErrNoPolicy) })
			require.Same(t, old, s.Policy())
			write(t, dir, next)
		}
		denies(t, s, fmt.Sprint("n", i+1))
		eventually(t, "no error", func() bool { return s.Status().LastError == nil })
	}
	require.Zero(t, s.Status().ByTick)
	soak.Report(t, "directory removed and made again: %d times, each found by an event", soak.Times(faultTimes))
}

// More events than the system's queue holds, while the store takes none: the
// event of a directory that was made meanwhile is lost, and the directory found.
func TestFaultOverflow(t *testing.T) {
	raw, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	require.NoError(t, err)
	queued, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	require.NoError(t, err)
	if queued > 100_000 {
		t.Skip("the system queues more events than a test can make: ", queued)
	}
	for i := range soak.Times(faultTimes) {
		top := t.TempDir()
		dir := filepath.Join(top, "p")
		write(t, dir, files{"a.rego": named("one")})
		s := open(t, storeConfig(dir))
		release := rego.HoldEvents(s)
		// Beside the source: such events are no reason to look.
		from, to := filepath.Join(top, "x"), filepath.Join(top, "y")
		write(t, top, files{"x": ""})
		for range queued/2 + 4096 { // some are read into a buffer
			from, to = to, from
			require.NoError(t, os.Rename(to, from))
		}
		write(t, dir, files{"new/deep/b.rego": strings.ReplaceAll(named("two"), "policy.a", "policy.b")})
		release()
		denies(t, s, "two")
		eventually(t, "counted", func() bool { return s.Status().ByEvent > 0 })
		require.Zero(t, s.Status().ByTick, i)
		write(t, dir, files{"new/deep/b.rego": strings.ReplaceAll(named("three"), "policy.a", "policy.b")})
		denies(t, s, "three")
		require.NoError(t, s.Close())
	}
	soak.Report(t, "overflow of %d events: %d times, each change found", queued, soak.Times(faultTimes))
}

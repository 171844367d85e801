//go:build linux || darwin

package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// A variable, because these are initialised before any init runs a child.
var _ = func() bool {
	systemChildren["session"] = func(operand string) { // leaves its process group
		_, err := syscall.Setsid()
		must(err)
		child("parent", operand)
	}
	return true
}()

func TestSignalIsAnExitCode(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		server, line := setUp(t, childConfig(t, "sleep"), runner.ProcessOptions{})
		require.NoError(t, syscall.Kill(number(t, line), sig))
		require.Equal(t, &runner.ExitError{Code: 128 + int(sig)}, server.Wait())
	}
}

func TestStopAsksFirst(t *testing.T) {
	server, _ := setUp(t, childConfig(t, "sleep"), runner.ProcessOptions{StopGrace: time.Minute})
	require.NoError(t, server.Stop(t.Context()))
	require.Equal(t, &runner.ExitError{Code: 143}, server.Wait())
}

func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		grace time.Duration
		ctx   context.Context
	}{
		"after the grace time":  {time.Millisecond, t.Context()},
		"when the context ends": {time.Minute, done},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := setUp(t, childConfig(t, "stubborn"), runner.ProcessOptions{StopGrace: tc.grace})
			require.NoError(t, server.Stop(tc.ctx))
			require.Equal(t, &runner.ExitError{Code: 137}, server.Wait())
		})
	}
}

func TestStopOfAStoppedProcess(t *testing.T) {
	server, line := setUp(t, childConfig(t, "sleep"), runner.ProcessOptions{StopGrace: time.Minute})
	require.NoError(t, syscall.Kill(number(t, line), syscall.SIGSTOP))
	require.NoError(t, server.Stop(t.Context()))
	require.Equal(t, &runner.ExitError{Code: 143}, server.Wait())
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	server, line := setUp(t, childConfig(t, "parent stubborn"), runner.ProcessOptions{StopGrace: time.Millisecond})
	pid := number(t, line)
	require.False(t, gone(pid))
	require.NoError(t, server.Stop(t.Context()))
	require.True(t, gone(pid))
}

func TestTheEndOfTheLeaderEndsItsGroup(t *testing.T) {
	server, line := setUp(t, childConfig(t, "launcher stubborn"), runner.ProcessOptions{})
	require.NoError(t, server.Wait())
	require.True(t, gone(number(t, line)))
}

func TestStopEndsAServerThatLeftItsGroup(t *testing.T) {
	server, line := setUp(t, childConfig(t, "session stubborn"), runner.ProcessOptions{StopGrace: time.Minute})
	require.NoError(t, server.Stop(t.Context()))
	require.Equal(t, &runner.ExitError{Code: 143}, server.Wait())
	require.True(t, gone(number(t, line)))
}

func TestTheEndOfTheRunStopsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	output, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- runner.New(runner.Options{}).Run(ctx, childConfig(t, "parent sleep"), runner.Stdio{Stdout: stdout})
	}()
	pid := number(t, firstLine(t, output))
	cancel()
	require.Equal(t, &runner.ExitError{Code: 143}, <-ended)
	require.True(t, gone(pid))
}

func TestNothingOutlivesARunnerThatWasKilled(t *testing.T) {
	for _, script := range []string{"sleep", "stubborn", "parent stubborn", "parent parent stubborn", "stubborn stubborn"} {
		t.Run(script, func(t *testing.T) {
			self, err := os.Executable()
			require.NoError(t, err)
			stdin, client, err := os.Pipe() // stays open: the end of input must not be what ends them
			require.NoError(t, err)
			defer client.Close()
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), childVariable+"=runner "+script)
			cmd.Stdin, cmd.Stderr = stdin, os.Stderr
			// Killed with its whole group, as a supervisor does.
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			output, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			require.NoError(t, stdin.Close())
			pid := number(t, firstLine(t, output))
			group, err := syscall.Getpgid(pid)
			require.NoError(t, err)
			require.NotEqual(t, cmd.Process.Pid, group)

			if strings.HasPrefix(script, "stubborn") && runtime.GOOS == "linux" { // what the group survives, its guard does too
				require.Eventually(t, func() bool { return ignoresTerm(t, group) }, 10*time.Second, time.Millisecond)
				require.NoError(t, syscall.Kill(-group, syscall.SIGTERM))
			}
			all := append(childrenOf(t, cmd.Process.Pid), pid, group)

			require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
			require.Error(t, cmd.Wait())
			for _, pid := range all {
				require.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, 5*time.Millisecond)
			}
		})
	}
}

func TestTheGuardEndsWithTheServer(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	before := childrenOf(t, os.Getpid())
	server, _ := setUp(t, childConfig(t, "sleep"), runner.ProcessOptions{})
	require.Len(t, childrenOf(t, os.Getpid()), len(before)+2, "the process and its guard")
	require.NoError(t, server.Stop(t.Context()))
	require.Equal(t, before, childrenOf(t, os.Getpid()))
}

func TestAScriptIsExecuted(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cli.sh"), []byte("#!/bin/sh\necho \"$@\"\n"), 0o755))
	link := filepath.Join(dir, "tool")
	require.NoError(t, os.Symlink("cli.sh", link))
	var out bytes.Buffer
	cfg := &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion, Name: "script", Command: link,
		CmdArgs: []string{"-y", "pkg"}, Transport: runner.TransportStdio,
	}
	require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &out}))
	require.Equal(t, "-y pkg\n", out.String())
}

// gone reports whether a process is no more, or waits for somebody to reap it.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	state, _ := procStat(pid)
	return state == "Z" || state == "X"
}

// childrenOf returns the processes whose parent is pid, where there is a /proc.
func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	var children []int
	for _, dir := range all {
		child := number(t, filepath.Base(dir))
		if _, parent := procStat(child); parent == pid {
			children = append(children, child)
		}
	}
	slices.Sort(children)
	return children
}

// procStat returns the state and the parent of a process; none where it is gone.
func procStat(pid int) (state string, parent int) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	rest := string(data[bytes.LastIndexByte(data, ')')+1:]) // the name before it can hold anything
	if _, err := fmt.Sscan(rest, &state, &parent); err != nil {
		return "", 0
	}
	return state, parent
}

// ignoresTerm reports whether a process has come to ignore SIGTERM.
func ignoresTerm(t *testing.T, pid int) bool {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(status), "SigIgn:")
	var mask uint64
	_, err = fmt.Sscanf(strings.TrimSpace(rest), "%x", &mask)
	require.NoError(t, err)
	return mask&(1<<(syscall.SIGTERM-1)) != 0
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

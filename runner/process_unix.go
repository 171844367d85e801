//go:build linux || darwin

package runner

import (
	"fmt"
	"log/slog"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// goneDelay is how long close waits for killed processes to disappear, which takes
// them a moment. One that is stuck in the kernel must not hold up the runner, nor
// one that nobody reaps, as in a container without an init.
const goneDelay = 250 * time.Millisecond

// tree is a process with all that it started: a process group.
type tree struct {
	process int
	// group is the guard's group, or the process's own where there is no guard.
	group int
	// left is the process's new group where it has left the one it started in.
	left  int
	guard *guard
}

// startTree starts cmd in a group of its own.
func startTree(cmd *exec.Cmd, log *slog.Logger) (*tree, error) {
	// The process joins the guard's group as it starts, so that there is no
	// moment at which the runner could die and leave something unwatched.
	g, err := startGuard()
	if err != nil {
		log.Debug("no guard: if the runner is killed, what the server started may outlive it", "error", err)
	}
	cmd.SysProcAttr = processAttr()
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pgid = true, g.group()
	if err := cmd.Start(); err != nil {
		g.stop()
		return nil, err
	}
	t := &tree{process: cmd.Process.Pid, group: g.group(), guard: g}
	if t.group == 0 {
		t.group = t.process
	}
	return t, nil
}

// terminate asks the group to end. A stopped process cannot do so until it is
// continued.
func (t *tree) terminate() error {
	if err := t.signal(unix.SIGTERM); err != nil {
		return err
	}
	return t.signal(unix.SIGCONT)
}

func (t *tree) kill() error { return t.signal(unix.SIGKILL) }

// awaitExit blocks until the process has ended and leaves it unreaped. Where it
// returns an error it has not waited.
func (t *tree) awaitExit() error { return awaitExit(t.process) }

// disarm tells the guard that there is nothing left to kill.
func (t *tree) disarm() { t.guard.stop() }

// close returns once the group is empty. A group with members keeps its id, and
// signal 0 does no harm to whoever may have got it since.
func (t *tree) close() {
	for deadline := time.Now().Add(goneDelay); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if unix.Kill(-t.group, 0) != nil && (t.left == 0 || unix.Kill(-t.left, 0) != nil) {
			return
		}
	}
}

// signal reaches the group, and the process with its new group where it has left
// the one that it was started in.
func (t *tree) signal(sig unix.Signal) error {
	if err := unix.Kill(-t.group, sig); err != nil {
		return fmt.Errorf("process group %d: %w", t.group, err)
	}
	own, err := unix.Getpgid(t.process)
	if err != nil || own == t.group {
		return nil // no such process: it has been reaped
	}
	t.left = own
	if err := unix.Kill(-own, sig); err != nil {
		return fmt.Errorf("process group %d: %w", own, err)
	}
	return nil
}

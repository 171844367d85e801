//go:build linux || darwin

package runner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A parent-death signal reaches a direct child only, and launchers such as npx
// and uvx start the server as a grandchild. So a shell leads the process group
// of each server and reads from a pipe whose other end only the runner holds: a
// line says that all is well, the end of the pipe that the runner is dead. What
// is sent to the group, by the runner or by the server, reaches the shell too;
// only SIGKILL may end it.
//
// As the leader it also keeps the group's id from being used again: until it is
// reaped, a signal to the group can hit nobody else.
const guardScript = `trap '' HUP INT QUIT PIPE ALRM TERM USR1 USR2 TSTP TTIN TTOU
read -r line && exit 0
kill -s KILL 0
`

// guardDelay is how long a guard may take to end after it was told to.
const guardDelay = time.Second

// guard kills its process group when the runner dies. A nil guard does nothing.
type guard struct {
	cmd  *exec.Cmd
	pipe *os.File // close-on-exec, so no other child holds it open
}

func startGuard() (*guard, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	defer closeAll([]*os.File{theirs})
	cmd := &exec.Cmd{
		Path:        "/bin/sh",
		Args:        []string{"sh", "-c", guardScript},
		Env:         []string{},
		Dir:         "/",
		Stdin:       theirs,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("guard: %w", errors.Join(err, ours.Close()))
	}
	return &guard{cmd: cmd, pipe: ours}, nil
}

// group is the id of the process group, or 0.
func (g *guard) group() int {
	if g == nil {
		return 0
	}
	return g.cmd.Process.Pid
}

// stop ends the guard and returns once it is gone.
func (g *guard) stop() {
	if g == nil {
		return
	}
	// It may have been killed with its group; either way it is gone after Wait.
	_, _ = fmt.Fprintln(g.pipe)
	timer := time.AfterFunc(guardDelay, func() { _ = g.cmd.Process.Kill() }) // fails where it has ended
	defer timer.Stop()
	_ = g.cmd.Wait() // how a guard ended says nothing about the server
	closeAll([]*os.File{g.pipe})
}

//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// nobody is the unprivileged account that tests of unreadable files run under,
// since root reads everything.
const nobody = 65534

// unreadable CODE COMMAND... runs a command like exits, as a user who is not
// root.
func unreadable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: unreadable CODE COMMAND...")
	}
	if os.Geteuid() != 0 {
		exits(ts, neg, args)
		return
	}
	path, err := exec.LookPath(args[1])
	if args[1] == "mcp-runner" {
		path, err = binary, nil
	}
	ts.Check(err)
	for _, dir := range []string{ts.Getenv("WORK"), ts.Getenv("HOME")} {
		ts.Check(os.Chmod(dir, 0o755))
	}
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = []string{"HOME=" + ts.Getenv("HOME"), "PATH=" + ts.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	checkCode(ts, args, cmd.Run())
}

// Command mcp-runner starts MCP servers that policy allows.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/memlimit"
	"github.com/mcp-runner/mcp-runner/runner"
)

func main() {
	memlimit.Set() // a policy that takes too much memory must not take it all
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes, as docs/contract.md section 5 has them. A server that ended by
// itself passes its own code on.
const (
	exitError   = 1
	exitUsage   = 2
	exitBlocked = 3
)

// run executes one command line and returns the exit code of the process.
func run(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A reader of stderr or stdout that is gone is an error to handle, not the
	// end: the client may still wait for an answer. Nobody reads the channel.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// A second signal ends the process at once; what it started ends with it.
	context.AfterFunc(ctx, stop)

	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := newRootCommand(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	code := exitCode(err)
	var (
		exit  *runner.ExitError
		shown *shownError
	)
	if err != nil && !errors.As(err, &exit) && !errors.As(err, &shown) && !readerGone(err) {
		a.reportOnce(err)
	}
	if code == exitUsage {
		fmt.Fprintf(stderr, "See '%s --help'.\n", cmd.CommandPath())
	}
	return code
}

// readerGone reports whether err is that nobody reads stdout any more, as behind
// `| head`: nobody is left who wants to know.
func readerGone(err error) bool {
	path, ok := errors.AsType[*fs.PathError](err)
	return ok && path.Path == os.Stdout.Name() && errors.Is(err, syscall.EPIPE)
}

// shownError is an error that the person has been shown.
type shownError struct{ err error }

func (e *shownError) Error() string { return e.err.Error() }
func (e *shownError) Unwrap() error { return e.err }

// usageError is a command line that says something impossible.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// exitCode maps the error of a command to the process's exit code.
func exitCode(err error) int {
	var (
		blocked *runner.BlockedError
		denied  *gate.DeniedError
		exit    *runner.ExitError
		usage   *usageError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &blocked), errors.As(err, &denied), errors.Is(err, gate.ErrUndecided):
		return exitBlocked
	case errors.As(err, &exit):
		return exit.Code
	case errors.As(err, &usage):
		return exitUsage
	default:
		return exitError
	}
}

package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Stdio are the streams of a server. Messages on Stdin and Stdout are
// newline-delimited JSON-RPC, as in the MCP specification's stdio transport.
//
// An *os.File is inherited by a process, so that nothing stands between the
// client and the server; any other reader or writer is copied, each by a
// goroutine of its own. A server that ends does not wait for a Read of Stdin
// that blocks: end that by closing what is behind it. A nil stream is empty, or
// discarded.
type Stdio struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// Runtime sets servers up. Setup starts the server that the config in allowed
// describes, which was validated, resolved and allowed by the gate; the runtime
// must use what its Resolved says and look nothing up again.
//
// ctx bounds the setting up. A server that was set up outlives it, until it
// ends or is stopped.
type Runtime interface {
	Setup(ctx context.Context, allowed *Approved, io Stdio) (Server, error)
}

// Server is one running server. Its methods may be called from many goroutines
// and any number of times.
type Server interface {
	// Wait blocks until the server has ended and everything that it started is
	// gone. A server that ended with a code other than 0 is an *ExitError.
	Wait() error
	// Stop asks the server to end and makes it end when ctx is done. It returns
	// once the server is gone; Wait still reports how it ended.
	Stop(ctx context.Context) error
}

// ErrServerFailed says that a server was started and then ended in another way
// than with an exit code: its streams or its connection failed.
var ErrServerFailed = errors.New("server failed")

// ExitError says that a server ended with a code other than 0.
type ExitError struct {
	// Code is the exit code, or 128 plus the number of the signal that ended it.
	Code int
}

func (e *ExitError) Error() string { return fmt.Sprintf("server ended with exit code %d", e.Code) }

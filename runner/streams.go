package runner

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"time"
)

// drainDelay is how long output may still arrive after the process is gone:
// from a process that left its group, or to a writer that blocks.
const drainDelay = 2 * time.Second

// streams are the pipes between a process and the streams that are not files.
//
// exec.Cmd could copy these too, but its Wait does not return while a Read of
// the standard input blocks, which is how a client that is merely quiet looks.
type streams struct {
	theirs []*os.File // inherited by the process
	stdin  *os.File   // our end, or nil
	output []*os.File // our ends
	copies []func()   // to be started with the process
	copied chan error // one error or nil for each of output
}

// connect gives cmd its three streams.
func connect(cmd *exec.Cmd, stdio Stdio) (*streams, error) {
	s := &streams{copied: make(chan error, 2)}
	var err error
	// The fields of cmd are interfaces: a nil *os.File must not get into them.
	if file, ok := stdio.Stdin.(*os.File); ok {
		cmd.Stdin = file
	} else if stdio.Stdin != nil {
		if cmd.Stdin, err = s.feed(stdio.Stdin); err != nil {
			s.abandon()
			return nil, fmt.Errorf("stdin: %w", err)
		}
	}
	if cmd.Stdout, err = s.collect("stdout", stdio.Stdout); err != nil {
		s.abandon()
		return nil, err
	}
	if cmd.Stderr, err = s.collect("stderr", stdio.Stderr); err != nil {
		s.abandon()
		return nil, err
	}
	return s, nil
}

// started closes what only the process needs now, and begins to copy.
func (s *streams) started() {
	closeAll(s.theirs)
	s.theirs = nil
	for _, run := range s.copies {
		go run() // output ends in drain; input ends with its reader
	}
}

// abandon closes everything of a process that did not start.
func (s *streams) abandon() {
	closeAll(s.theirs)
	closeAll(s.output)
	if s.stdin != nil {
		closeAll([]*os.File{s.stdin})
	}
}

// drain waits for the output to end and returns the first error of writing it.
// It waits no longer than drainDelay.
func (s *streams) drain(log *slog.Logger) error {
	if s.stdin != nil {
		closeAll([]*os.File{s.stdin})
	}
	timer := time.NewTimer(drainDelay)
	defer timer.Stop()
	var first error
	for range s.output {
		select {
		case err := <-s.copied:
			if first == nil {
				first = err
			}
		case <-timer.C:
			log.Warn("output of the server cut off: something that it left behind still holds it, or nobody reads it")
			closeAll(s.output)
			return first
		}
	}
	return first
}

// feed returns the end of a pipe that gives what r holds.
func (s *streams) feed(r io.Reader) (*os.File, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.theirs = append(s.theirs, theirs)
	s.stdin = ours
	s.copies = append(s.copies, func() {
		// A server that ended reads no more, and the end of a client's stream is
		// the end of the server's input, however it came about.
		_, _ = io.Copy(ours, r)
		closeAll([]*os.File{ours})
	})
	return theirs, nil
}

// collect returns what the process writes to so that it reaches w: w itself
// where that is a file.
func (s *streams) collect(name string, w io.Writer) (io.Writer, error) {
	if w == nil {
		return nil, nil
	}
	if file, ok := w.(*os.File); ok {
		return file, nil
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.theirs = append(s.theirs, theirs)
	s.output = append(s.output, ours)
	s.copies = append(s.copies, func() {
		_, err := io.Copy(w, ours)
		closeAll([]*os.File{ours}) // or the server would block on a writer that failed
		if errors.Is(err, os.ErrClosed) {
			err = nil // by drain, which said so
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		s.copied <- err
	})
	return theirs, nil
}

// closeAll closes pipes. Closing one fails only where it is closed already.
func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

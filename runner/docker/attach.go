package docker

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"

	"github.com/mcp-runner/mcp-runner/runner"
)

// copyInput gives the server what the client sends. Its end, however it came
// about, is the end of the server's input.
func (s *server) copyInput(stdin io.Reader) {
	if stdin != nil {
		if _, err := io.Copy(s.conn.Conn, stdin); err != nil {
			s.build.log.Debug("input of the server ended", "error", err)
		}
	}
	s.closeInput()
	s.setOver()
}

// copyOutput gives the client what the server writes. What one that listens for
// HTTP writes to its standard output is no message.
func (s *server) copyOutput(stdio runner.Stdio) {
	stdout, stderr := stdio.Stdout, stdio.Stderr
	if stderr == nil {
		stderr = io.Discard
	}
	if stdout == nil {
		stdout = io.Discard
	}
	if !talksStdio(s.build.cfg) {
		stderr = io.MultiWriter(stderr, s.tail)
		stdout = stderr
	}
	_, err := stdcopy.StdCopy(stdout, stderr, s.conn.Reader)
	if err != nil {
		err = fmt.Errorf("output: %w", err)
	}
	s.copied <- err
	if talksStdio(s.build.cfg) {
		// Where the container runs on, nobody hears it, and it hears nobody.
		s.conn.Close()
		s.setOver()
	}
}

// drain waits for the output to end, but not for a client that does not read.
func (s *server) drain() error {
	defer s.conn.Close()
	timer := time.NewTimer(drainDelay)
	defer timer.Stop()
	select {
	case err := <-s.copied:
		return err
	case <-timer.C:
		s.build.log.Warn("output of the server cut off: nobody reads it")
		return nil
	}
}

// tailSize bounds what a tail keeps.
const tailSize = 2 << 10

// tail keeps the end of what is written to it.
type tail struct {
	secrets []string // not shown

	mu   sync.Mutex
	data []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if extra := len(t.data) - 2*tailSize; extra > 0 {
		t.data = append([]byte(nil), t.data[extra:]...)
	}
	return len(p), nil
}

// String returns the last lines, without secrets.
func (t *tail) String() string {
	t.mu.Lock()
	text := strings.ToValidUTF8(string(t.data), "�")
	t.mu.Unlock()
	for _, secret := range t.secrets {
		text = strings.ReplaceAll(text, secret, "<redacted>")
	}
	text = strings.TrimSpace(text)
	if extra := len(text) - tailSize; extra > 0 {
		_, text, _ = strings.Cut(text[extra:], "\n")
	}
	return text
}

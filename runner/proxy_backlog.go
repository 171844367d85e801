package runner

import (
	"errors"
	"io"
	"os"
	"sync"
)

// backlog is what the server has still to read. It takes everything at once, so
// that a server that does not read holds up no request; the session's budget
// bounds it.
type backlog struct {
	mu     sync.Mutex
	lines  []backlogLine
	closed bool
	more   chan struct{} // of capacity 1
}

type backlogLine struct {
	data []byte
	done func()
}

func (b *backlog) push(data []byte, done func()) {
	b.mu.Lock()
	b.lines = append(b.lines, backlogLine{data, done})
	b.mu.Unlock()
	b.wake()
}

// close ends write once it wrote what there is.
func (b *backlog) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.wake()
}

func (b *backlog) wake() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// write passes the lines on until close; failed hears of each that w refused.
func (b *backlog) write(w io.Writer, failed func(error)) {
	for {
		b.mu.Lock()
		lines, closed := b.lines, b.closed
		b.lines = nil
		b.mu.Unlock()
		for n, line := range lines {
			if _, err := w.Write(line.data); err != nil {
				failed(err)
			}
			lines[n].data = nil // the budget no longer counts it
			line.done()
		}
		if len(lines) > 0 {
			continue
		}
		if closed {
			return
		}
		<-b.more
	}
}

// inputFailed is told that the server takes no more input. What it was asked
// last it will never answer.
func (s *session) inputFailed(err error) {
	s.log.Debug("server takes no more input", "error", err)
	if errors.Is(err, os.ErrClosed) {
		return // by us: the session ends
	}
	s.mu.Lock()
	pending := len(s.pending) > 0
	s.mu.Unlock()
	if pending {
		s.deafened("server closed its input")
	}
}

// deafened has the server stopped, unless it ends by itself: a server that
// crashes closes its streams first.
func (s *session) deafened(cause string) {
	s.deaf.Do(func() {
		s.pumps.Go(func() {
			if within(s.proxy.times.deaf, s.gone) || closed(s.ending) {
				return // closeInput sees to the rest
			}
			s.stopServer(cause)
		})
	})
}

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	// progressDelay is for how long nothing is shown: most audits are over by then.
	progressDelay = 500 * time.Millisecond
	// progressStep is how often the bar moves.
	progressStep = 100 * time.Millisecond
	// progressWidth is how many cells the bar has.
	progressWidth = 30
)

// progress is a bar on a terminal. It may be used from many goroutines, and shows
// nothing where its writer is no terminal.
type progress struct {
	w       io.Writer
	started time.Time

	mu          sync.Mutex
	done, total int
	next        time.Time
	shown       bool
	closed      bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, started: time.Now()}
	p.next = p.started.Add(progressDelay)
	f, ok := w.(*os.File)
	p.closed = !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb"
	return p
}

// Total says how many there are to do.
func (p *progress) Total(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = n
}

// Add says that n more are done.
func (p *progress) Add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	now := time.Now()
	if p.closed || p.total == 0 || now.Before(p.next) {
		return
	}
	p.next, p.shown = now.Add(progressStep), true
	full := min(p.done, p.total) * progressWidth / p.total
	// What cannot be shown is lost: the audit goes on.
	_, _ = fmt.Fprintf(p.w, "\r[%s%s] %d of %d servers", strings.Repeat("#", full), strings.Repeat("-", progressWidth-full), p.done, p.total)
}

// Close takes the bar away. It may be called twice.
func (p *progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K") // as above
	}
	p.closed, p.shown = true, false
}

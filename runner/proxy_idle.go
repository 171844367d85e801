package runner

import (
	"sync"
	"time"
)

// idleTimer calls back once nothing was under way for some time.
type idleTimer struct {
	mu            sync.Mutex
	after, linger time.Duration
	timer         *time.Timer
	active        int
	left          bool // the client stopped listening and was not heard of since
	since         time.Time
	stopped       bool
}

// start makes the callback come after the given time, or after linger where the
// client stopped listening and did nothing else since.
func (t *idleTimer) start(after, linger time.Duration, idle func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.after, t.linger, t.since = after, min(after, linger), time.Now()
	t.timer = time.AfterFunc(after, idle)
}

func (t *idleTimer) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active++
	t.left = false
	t.timer.Stop()
}

func (t *idleTimer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.active--; t.active == 0 {
		t.since = time.Now()
		t.reset()
	}
}

// unheard says that the client no longer listens.
func (t *idleTimer) unheard() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = true
	if t.active == 0 {
		t.reset()
	}
}

func (t *idleTimer) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	if t.timer != nil {
		t.timer.Stop()
	}
}

// idleSince reports whether nothing is under way, and since when.
func (t *idleTimer) idleSince() (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.since, t.active == 0
}

// expired reports whether a callback is not late: a request may have come and
// gone while it was on its way.
func (t *idleTimer) expired() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.active == 0 && !t.stopped && time.Since(t.since) >= t.timeout()
}

func (t *idleTimer) timeout() time.Duration {
	if t.left {
		return t.linger
	}
	return t.after
}

func (t *idleTimer) reset() {
	if !t.stopped {
		t.timer.Reset(t.timeout() - time.Since(t.since))
	}
}

package runner

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

const (
	// maxBodies bounds the bodies that are being read, of all sessions.
	maxBodies = 64 << 20
	// maxInFlight bounds what one session holds of its client's messages.
	maxInFlight = 16 << 20
	// messageCost is what a message takes besides its text.
	messageCost = 1 << 10
)

var errBusy = errors.New("too much at once")

// budget bounds what is held at once. Something that alone is larger than the
// limit has room where there is nothing else.
type budget struct {
	mu          sync.Mutex
	used, limit int64
}

func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used > 0 && b.used+n > b.limit {
		return false
	}
	b.used += n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
}

// share returns a function that gives n back once it was called so many times.
func (b *budget) share(n int64, holders int) func() {
	var left atomic.Int64
	left.Store(int64(holders))
	return func() {
		if left.Add(-1) == 0 {
			b.give(n)
		}
	}
}

// meteredReader takes what it reads from a budget, byte for byte: a client that
// promises much and sends it slowly takes no more than it sent.
type meteredReader struct {
	r      io.Reader
	budget *budget
	taken  int64
}

func (m *meteredReader) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if n > 0 {
		if !m.budget.take(int64(n)) {
			return 0, errBusy
		}
		m.taken += int64(n)
	}
	return n, err
}

func (m *meteredReader) release() { m.budget.give(m.taken) }

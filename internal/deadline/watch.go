package deadline

import (
	"cmp"
	"fmt"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Watch knows the work that has not returned though nobody waits for it any
// more. The zero value is ready for use.
type Watch struct {
	n  atomic.Int64
	mu sync.Mutex
	// calls are those that were left.
	calls []*Call
}

// Late is work that has not returned in time.
type Late struct {
	// Step is what it does, and Since when it began.
	Step  string
	Since time.Time
}

// StuckError says that nothing is begun because of work that is late.
type StuckError struct{ Late }

func (e *StuckError) Error() string {
	return fmt.Sprintf("%s began at %s and has not returned", e.Step, e.Since.UTC().Format(time.RFC3339))
}

// Late lists the work that is late, the oldest first.
func (w *Watch) Late() []Late {
	if w.n.Load() == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var late []Late
	now := time.Now()
	for _, c := range w.calls {
		if !now.Before(c.overdue) {
			late = append(late, Late{Step: c.name(), Since: c.began})
		}
	}
	slices.SortStableFunc(late, func(a, b Late) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Step, b.Step)) })
	return late
}

func (w *Watch) refuse() error {
	if late := w.Late(); len(late) > 0 {
		return &StuckError{late[0]}
	}
	return nil
}

// add takes in a call that nobody waits for any more. It returns false where the
// call has ended meanwhile.
func (w *Watch) add(c *Call, overdue time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.ended {
		return false
	}
	c.overdue = overdue
	w.calls = append(w.calls, c)
	w.n.Store(int64(len(w.calls)))
	return true
}

func (w *Watch) ended(c *Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.ended = true
	w.calls = slices.DeleteFunc(w.calls, func(other *Call) bool { return other == c })
	w.n.Store(int64(len(w.calls)))
}

// maxGrowth is by how much the memory of the process may grow while work runs. A
// process that has much before may also double it: what is garbage counts, too.
const maxGrowth = 256 << 20

// sample looks at the memory of the process and stops the call where that has
// grown too much since its first sample.
func (c *Call) sample() {
	// The stack, too: OPA's grows with each call, and one of 1 GB ends the process.
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Kind() != metrics.KindUint64 || heap[1].Value.Kind() != metrics.KindUint64 {
		return
	}
	now := heap[0].Value.Uint64() + heap[1].Value.Uint64()
	if c.heap == 0 {
		c.heap = now
	}
	if now > 2*c.heap+maxGrowth {
		c.stopped.Store(true)
	}
}

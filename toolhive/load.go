package toolhive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mcp-runner/mcp-runner/rego"
)

// openDeadline is for how long a question waits for the sources. Each has a
// deadline of its own for what is in it, but not for whether it is there.
const openDeadline = time.Minute

// load opens the sources, which may be on a file system that hangs. What takes too
// long is not begun again: it is there when it has returned.
type load struct {
	sources  func(context.Context) ([]*rego.Store, error)
	deadline time.Duration

	// What follows is under the turn of the policy. done is nil where nothing is
	// being opened.
	done  chan loaded
	began time.Time
}

type loaded struct {
	stores []*rego.Store
	err    error
}

// wait returns the sources, or an error once the deadline has passed.
func (l *load) wait(ctx context.Context) ([]*rego.Store, error) {
	if l.done == nil {
		// They serve those who ask later too, whatever becomes of this one.
		l.done, l.began = l.begin(context.WithoutCancel(ctx)), time.Now()
	}
	late := time.NewTimer(time.Until(l.began.Add(l.deadline)))
	defer late.Stop()
	select {
	case o := <-l.done:
		l.done = nil
		return o.stores, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-late.C:
		return nil, fmt.Errorf("opening the policy began at %s and has not returned", l.began.UTC().Format(time.RFC3339))
	}
}

// begin opens the sources. A panic is an error, which does not hold its value.
func (l *load) begin(ctx context.Context) chan loaded {
	done := make(chan loaded, 1)
	go func() { // ends with what it opens
		o := loaded{err: errors.New("opening the policy did not return")} // runtime.Goexit
		returned := false
		defer func() {
			if !returned {
				if v := recover(); v != nil {
					o.err = fmt.Errorf("opening the policy panicked: %T", v)
				}
			}
			done <- o
		}()
		o.stores, o.err = l.sources(ctx)
		returned = true
	}()
	return done
}

// abandon closes what is still being opened, when it is open.
func (l *load) abandon() {
	if done := l.done; done != nil {
		l.done = nil
		go func() { // nobody is left to be told
			_ = closeAll((<-done).stores)
		}()
	}
}

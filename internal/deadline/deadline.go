// Package deadline answers a caller in time, whether or not the work that he
// waits for has ended. Go cannot end a goroutine from outside: work that goes on
// is kept in a [Watch], which refuses more of it until it returns.
package deadline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

const (
	// Grace is for how long work is waited for after its context is done. What
	// has not returned then is late.
	Grace = 25 * time.Millisecond

	// sample is how often the memory of the process is looked at. Work that ends
	// before costs nothing.
	sample = 10 * time.Millisecond
)

// ErrMemory says that work was stopped because the memory of the process grew
// too much while it ran.
var ErrMemory = errors.New("stopped, because the memory of the process grew by more than 256 MiB meanwhile")

// Call is one run of work.
type Call struct {
	began   time.Time
	step    atomic.Pointer[string]
	stopped atomic.Bool
	heap    uint64 // at the first sample

	// What follows is under the lock of the Watch.
	ended   bool
	overdue time.Time // from when it is late
}

// Step names what the call does from now on.
func (c *Call) Step(name *string) { c.step.Store(name) }

// Stopped says that the call is to end because of ErrMemory.
func (c *Call) Stopped() bool { return c.stopped.Load() }

func (c *Call) name() string {
	if p := c.step.Load(); p != nil {
		return *p
	}
	return ""
}

// Error says that work did not end in time, and during which step. It is the
// cause of the end of the context, and what the context says.
type Error struct {
	// Step is what was being done, or "".
	Step string
	// Returned says that the work has ended, though too late.
	Returned bool

	cause, err error
}

func (e *Error) Error() string {
	text := e.cause.Error()
	if e.Step != "" {
		text = e.Step + ": " + text
	}
	if !e.Returned {
		text += ", and it has not returned"
	}
	return text
}

// Unwrap makes errors.Is find the cause and context.DeadlineExceeded or Canceled.
func (e *Error) Unwrap() []error { return []error{e.cause, e.err} }

// Context is [context.WithTimeoutCause], and tells [Do] that work is late only
// after that time: not where a caller has gone away before, or has less time.
func Context(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	at := time.Now().Add(d)
	ctx, cancel := context.WithDeadlineCause(ctx, at, fmt.Errorf("the deadline of %s passed", d))
	return context.WithValue(ctx, dueKey{}, at), cancel
}

type dueKey struct{}

// due is when the work of ctx, whose end has come, is late.
func due(ctx context.Context) time.Time {
	if at, ok := ctx.Value(dueKey{}).(time.Time); ok {
		return at
	}
	if at, ok := ctx.Deadline(); ok {
		return at
	}
	return time.Now()
}

// Do does work in a goroutine and returns what it returns, or an [*Error] soon
// after ctx is done. Work that has not returned by then is in w until it does.
// While something in w is late, Do does nothing and returns a [*StuckError]. A
// panic is an error, which does not hold its value.
//
// Whatever work uses must not be changed after Do has returned an *Error.
func Do[T any](ctx context.Context, w *Watch, step string, work func(*Call) (T, error)) (T, error) {
	var none T
	if err := w.refuse(); err != nil {
		return none, err
	}
	if ctx.Err() != nil {
		return none, &Error{Returned: true, cause: context.Cause(ctx), err: ctx.Err()}
	}
	type outcome struct {
		value T
		err   error
	}
	c := &Call{began: time.Now()}
	c.step.Store(&step)
	done := make(chan outcome, 1)
	go func() { // ends with work; w has it where that is too late
		o := outcome{err: fmt.Errorf("%s did not return", step)} // runtime.Goexit
		returned := false
		defer func() {
			if !returned {
				if p := recover(); p != nil {
					o = outcome{err: fmt.Errorf("%s panicked: %T", c.name(), p)}
				}
			}
			w.ended(c)
			done <- o
		}()
		room()
		o.value, o.err = work(c)
		returned = true
	}()
	timer := time.NewTimer(sample)
	defer timer.Stop()
	for {
		select {
		case o := <-done:
			switch {
			case ctx.Err() != nil: // it may have noticed half-way
				return none, &Error{Step: c.name(), Returned: true, cause: context.Cause(ctx), err: ctx.Err()}
			case c.Stopped():
				return none, fmt.Errorf("%s: %w", c.name(), ErrMemory)
			}
			return o.value, o.err
		case <-timer.C:
			c.sample()
			timer.Reset(sample)
			continue
		case <-ctx.Done():
		}
		break
	}
	e := &Error{cause: context.Cause(ctx), err: ctx.Err(), Returned: true}
	timer.Reset(Grace)
	select {
	case <-done:
	case <-timer.C:
		e.Returned = !w.add(c, due(ctx))
	}
	e.Step = c.name()
	return none, e
}

// room makes the stack of a new goroutine as large as an evaluation needs it,
// while nothing is on it yet. It would grow there anyway, step by step, and each
// step copies all that is on it: this takes 6 % off the time of a decision.
//
//go:noinline
func room() byte {
	var stack [32 << 10]byte
	return stack[len(os.Args)%len(stack)]
}

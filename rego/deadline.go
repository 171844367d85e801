package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	defaultDeadline = 30 * time.Second
	// grace is how long to wait for work that was cancelled and heeds that.
	grace = 250 * time.Millisecond
)

func (c LoadConfig) deadline() time.Duration {
	if c.Deadline <= 0 {
		return defaultDeadline
	}
	return c.Deadline
}

// beside runs f in a goroutine of its own and waits for it until ctx is done or
// limit has passed: neither the compile of OPA nor a file system that hangs
// heeds a context. The error is that of the context; what f returns after that
// is in late. f must not panic.
func beside[T any](ctx context.Context, limit time.Duration, f func(context.Context) T) (result T, late <-chan T, err error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	returned := make(chan T, 1)
	go func() { returned <- f(limited) }() // ends with f
	select {
	case result = <-returned:
		return result, nil, nil
	case <-limited.Done():
	}
	if ctx.Err() == nil {
		return result, returned, context.DeadlineExceeded
	}
	select {
	case <-returned:
		return result, nil, ctx.Err()
	case <-time.After(grace):
		return result, returned, ctx.Err()
	}
}

// deadlineError says what a load was doing when its time was over.
func deadlineError(limit time.Duration, l *loading) error {
	return fmt.Errorf("the load took longer than %s: %s", limit, l.doing())
}

// loadPanic says that a load panicked. Other than a runtime error, the value of
// a panic may quote what is in the files.
func loadPanic(v any) error {
	if err, ok := v.(runtime.Error); ok {
		return fmt.Errorf("the load panicked: %w", err)
	}
	return fmt.Errorf("the load panicked with a %T", v)
}

// Stages of a load.
const (
	stageLook  = "the files are still being looked at"
	stageRead  = "the files are still being read"
	stageCheck = "the files are read, and still being parsed and checked"
)

// enter notes what the load does from now on.
func (l *loading) enter(stage string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stage = stage
}

// beforeCompile is a variable for the test of a compile that does not return.
var beforeCompile = func(string) {}

// compiling notes that the compile of something began; what it returns is called
// when the compile has returned.
func (l *loading) compiling(what string) (returned func()) {
	if l == nil {
		return func() {}
	}
	l.mu.Lock()
	l.compiles[what] = true
	l.mu.Unlock()
	beforeCompile(what)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.compiles, what)
	}
}

// What is compiled, in words.
const (
	whatPolicy = "policy "
	whatMask   = "package system.log"
	whatUnused = "the packages that no policy refers to"
)

// workers is how many policies to compile at once: while decisions go on, they
// have a processor left.
func (l *loading) workers() int {
	n := runtime.GOMAXPROCS(0)
	if l != nil && l.reload {
		n = max(n-1, 1)
	}
	return n
}

// hangingIn names what is being compiled, sorted.
func (l *loading) hangingIn() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.compiles))
}

// doing says what the load is doing.
func (l *loading) doing() string {
	if names := l.hangingIn(); len(names) > 0 {
		return "the compile of " + strings.Join(names, " and of ") + " has not returned"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stage
}

// loadBeside is Load without the name of the source in its error.
func loadBeside(ctx context.Context, cfg LoadConfig) (*Policy, error) {
	type result struct {
		policy *Policy
		err    error
	}
	l := newLoading()
	r, _, err := beside(ctx, cfg.deadline(), func(ctx context.Context) (r result) {
		defer func() {
			if v := recover(); v != nil {
				r = result{err: loadPanic(v)}
			}
		}()
		snap, err := steadySnapshot(ctx, cfg, l)
		if err != nil {
			return result{err: bounded(err)}
		}
		r.policy, r.err = build(ctx, cfg, snap)
		return r
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil || r.err != nil && errors.Is(r.err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, deadlineError(cfg.deadline(), l)
	}
	if err != nil {
		return nil, err
	}
	return r.policy, r.err
}

// read notes what the load has read.
func (l *loading) read(seen stamp, content string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snapshot = &readState{seen: seen, content: content}
}

// readState is what the load has read, or nil.
func (l *loading) readState() *readState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.snapshot
}

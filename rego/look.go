package rego

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxStuck is how many loads may not have returned before no other begins.
const maxStuck = 2

// found is what one look at the files came to. Where neither is set, policy and
// err, the files are those of the policy in force.
type found struct {
	readAt  time.Time // when the look began
	seen    stamp
	expires time.Time // of the first signature; may be zero
	content string    // identifies the files; "" where they were not read
	policy  *Policy
	kept    *kept
	err     error
	// changed says that the files may differ from those last read.
	changed bool
	// watchErr is why not everything is watched.
	watchErr error
}

// stuckLoad is a load that has not returned after its deadline.
type stuckLoad struct {
	*loading
	err error // the deadline's
}

func (l *stuckLoad) stuck() []Stuck {
	var list []Stuck
	for _, what := range l.hangingIn() {
		name, isPolicy := strings.CutPrefix(what, whatPolicy)
		if !isPolicy {
			name = "load"
		}
		list = append(list, Stuck{What: name, Since: l.began.monotonic})
	}
	if len(list) == 0 {
		list = append(list, Stuck{What: "load", Since: l.began.monotonic})
	}
	return list
}

// look runs f beside the goroutine, within the deadline. It returns false where
// the store was closed meanwhile.
func (s *Store) look(ctx context.Context, f func(context.Context, *loading, *watcher) found) (found, bool) {
	l, w := newLoading(), s.watch
	if !s.cfg.Static {
		s.mu.Lock()
		if s.returned != nil {
			s.last, s.returned = s.returned, nil
		}
		s.mu.Unlock()
		l.keep(s.last, s.good)
	}
	l.reload = s.cancel != nil
	if err := s.crowded(); err != nil {
		return found{readAt: l.began.monotonic, changed: true, err: err}, true
	}
	out, late, err := beside(ctx, s.cfg.deadline(), func(ctx context.Context) (out found) {
		defer func() {
			if v := recover(); v != nil {
				out = found{readAt: l.began.monotonic, changed: true, err: loadPanic(v)}
			}
		}()
		return f(ctx, l, w)
	})
	overdue := ctx.Err() == nil && (err != nil || errors.Is(out.err, context.DeadlineExceeded))
	if overdue {
		out = found{readAt: l.began.monotonic, changed: true, err: deadlineError(s.cfg.deadline(), l)}
		if read := l.readState(); read != nil {
			out.seen, out.content = read.seen, read.content
		}
	} else if err != nil {
		out = found{readAt: l.began.monotonic, err: err}
	}
	if late != nil {
		s.leave(&stuckLoad{loading: l, err: out.err}, w, late, overdue)
	}
	return out, ctx.Err() == nil || s.cancel == nil
}

// leave gives up a load that does not return, and the watches that it may still
// be at. Where its time is over, it counts as stuck.
func (s *Store) leave(stuck *stuckLoad, w *watcher, late <-chan found, overdue bool) {
	if overdue {
		s.mu.Lock()
		s.stuck = append(s.stuck, stuck)
		s.mu.Unlock()
	}
	if w != nil {
		s.watch = newWatcher(s.cfg.Dir, s.hints)
	}
	go func() { // ends with the load
		out := <-late
		_ = w.close() // nobody waits for it any more
		s.mu.Lock()
		defer s.mu.Unlock()
		if overdue {
			// The next load goes on where it ended.
			s.returned = out.kept
			select {
			case s.hints <- struct{}{}:
			default:
			}
		}
		s.stuck = slices.DeleteFunc(s.stuck, func(other *stuckLoad) bool { return other == stuck })
	}()
}

// crowded says why no load begins while so many have not returned.
func (s *Store) crowded() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.stuck) < maxStuck {
		return nil
	}
	var each []string
	for _, l := range s.stuck {
		each = append(each, fmt.Sprintf("one since %s: %s", l.began.wall.UTC().Format(time.RFC3339), l.doing()))
	}
	return fmt.Errorf("%w (%s)", errCrowded, strings.Join(each, "; "))
}

var errCrowded = errors.New("no load begins before one that took too long has returned")

// hangs returns the error of the load of the same files that has not returned.
func (s *Store) hangs(content string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.stuck {
		if read := l.readState(); read != nil && read.content == content {
			return l.err
		}
	}
	return nil
}

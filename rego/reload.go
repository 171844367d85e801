package rego

import (
	"context"
	"errors"
	"slices"
	"time"
)

// maxUnsteady is how many reads in a row may find that the files changed
// meanwhile.
const maxUnsteady = 10

// reload reads the source once and puts it in force where it differs from what
// is. It returns true where the files are to be read again.
func (s *Store) reload(ctx context.Context) (again bool) {
	known := s.inForce
	out, ok := s.look(ctx, func(ctx context.Context, l *loading, w *watcher) found {
		// Watch before the read, so that no change falls in between.
		err := w.sync()
		out := s.load(ctx, l, known)
		out.watchErr = err
		return out
	})
	if !ok {
		return false
	}
	s.watching(ctx, out.watchErr)
	s.seen, s.readAt, s.expires = out.seen, out.readAt, out.expires
	s.retry = out.err != nil && out.content == ""
	if errors.Is(out.err, errChanging) {
		if s.unsteady++; s.unsteady < maxUnsteady {
			return true
		}
	}
	s.unsteady = 0
	if out.policy != nil {
		if err := s.rollback.admit(ctx, s.cfg, out.policy); err != nil {
			out.policy, out.err = nil, bounded(err)
		}
	}
	s.count(out)
	switch {
	case out.err != nil:
		if out.kept != nil {
			s.last = out.kept
		}
		s.failed(ctx, out)
	case out.policy != nil:
		s.good, s.last, s.inForce = out.kept, out.kept, out.content
		s.settled(ctx, out)
	default:
		if s.good != nil && out.kept != nil {
			s.good = s.good.withFiles(out.kept)
		}
		s.last = s.good
		s.settled(ctx, out)
	}
	return false
}

// load reads the files and makes a policy of them, unless they are known as those
// of the policy in force.
func (s *Store) load(ctx context.Context, l *loading, known string) (out found) {
	out.readAt = l.began.monotonic
	snap, seen, err := readSnapshot(ctx, s.cfg.LoadConfig, l)
	out.seen = seen
	if err != nil {
		out.err = bounded(err)
		return out
	}
	out.expires = snap.expires
	out.content = contentOf(snap, revisionOf(snap, s.cfg.LoadConfig))
	defer func() { out.kept = l.left() }()
	if out.content == known {
		return out
	}
	if out.err = s.hangs(out.content); out.err != nil {
		return out
	}
	l.read(seen, out.content)
	out.policy, out.err = build(ctx, s.cfg.LoadConfig, snap)
	return out
}

// changed looks whether the files may differ from those last read, without
// reading them.
func (s *Store) changed(ctx context.Context) bool {
	before, loose := s.seen, s.loose
	sure := canStamp && !s.retry && !s.seen.racy(s.readAt) && (s.expires.IsZero() || time.Now().Before(s.expires))
	out, ok := s.look(ctx, func(ctx context.Context, l *loading, w *watcher) found {
		out := found{readAt: l.began.monotonic, changed: true, watchErr: w.sync()}
		if sure {
			out.changed = s.differs(ctx, before, loose)
		}
		return out
	})
	if !ok {
		return false
	}
	if out.err != nil {
		s.retry = true
		s.failed(ctx, out)
		return false
	}
	s.watching(ctx, out.watchErr)
	if !out.changed {
		s.confirm(out.readAt)
	}
	return out.changed
}

// differs says whether the tree may differ from what has the stamp before, and
// from what was said of who may write it.
func (s *Store) differs(ctx context.Context, before stamp, loose []string) bool {
	t, err := s.cfg.openDir()
	if err != nil {
		return stampOf(nil, err).sum != before.sum
	}
	st := stampOf(t.lookAgain(ctx, defaultLimits))
	if err := t.close(); err != nil {
		return true
	}
	return st.sum != before.sum || !slices.Equal(t.loose, loose)
}

// count notes a change of the files. What has the same content is none.
func (s *Store) count(out found) {
	content := out.content
	if content == "" && out.err != nil {
		content = "unread: " + out.err.Error()
	}
	byEvent := s.event
	s.event = false
	if content == s.content || errors.Is(out.err, errCrowded) {
		return
	}
	isFirst := s.content == ""
	s.content = content
	if isFirst {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if byEvent {
		s.status.ByEvent++
	} else {
		s.status.ByTick++
	}
	if out.err != nil {
		s.status.ReloadErrors++
	}
}

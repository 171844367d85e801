package rego

import (
	"context"
	"log/slog"
	"slices"
	"time"
	"weak"
)

// settled notes that the files are those of the policy in force.
func (s *Store) settled(ctx context.Context, out found) {
	p := out.policy
	if p == nil {
		p = s.force.Load().policy
	}
	s.mu.Lock()
	s.replace(s.force.Load().policy, p)
	s.force.Store(&force{policy: p, confirmed: instantAt(out.readAt)})
	isFirst, isNew, repaired := s.status.Revision == "", s.status.Revision != p.revision, s.status.LastError != nil
	s.status.CheckedAt = out.readAt
	s.status.LastError, s.status.LastErrorTime = nil, time.Time{}
	if isNew {
		s.status.Revision, s.status.Since = p.revision, time.Now()
		close(s.change)
		s.change = make(chan struct{})
	}
	if isNew && !isFirst {
		s.status.Reloads++
	}
	s.mu.Unlock()
	s.logged = ""
	s.noteLoose(ctx, p.loose)
	log := s.cfg.log().With("source", s.cfg.Name, "revision", p.revision)
	switch {
	case isNew:
		level := slog.LevelInfo
		if isFirst {
			level = slog.LevelDebug // as expected; each decision names the revision
		}
		log.Log(ctx, level, "policy in force", "policies", len(p.units))
		for _, warning := range p.warnings {
			log.WarnContext(ctx, "policy warning", "warning", warning)
		}
	case repaired:
		log.InfoContext(ctx, "policy files are those in force again")
	}
}

// replace notes that p comes into force instead of old. It is called under s.mu.
func (s *Store) replace(old, p *Policy) {
	s.replaced = slices.DeleteFunc(s.replaced, func(w weak.Pointer[Policy]) bool { return w.Value() == nil })
	if old != p && old.err == nil {
		s.replaced = append(s.replaced, weak.Make(old))
	}
}

// confirm notes that the files are as they were when they were last read.
func (s *Store) confirm(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.CheckedAt = at
	if f := s.force.Load(); s.status.LastError == nil {
		s.force.Store(&force{policy: f.policy, confirmed: instantAt(at)})
	}
}

// failed notes that the files do not load. The policy in force stays; where
// there is none, the store denies with the newest error.
func (s *Store) failed(ctx context.Context, out found) {
	err := sourceError(s.cfg.LoadConfig, out.err)
	revision := s.noteError(out, err)
	if s.cancel == nil && !s.cfg.DenyUntilLoaded || err.Error() == s.logged {
		return // Open returns it, or the log has it
	}
	s.logged = err.Error()
	log := s.cfg.log().With("source", s.cfg.Name, slog.Any("error", err))
	if revision == "" && s.cancel == nil {
		log.DebugContext(ctx, "no policy in force: the source denies until it loads") // each decision says why
	} else if revision == "" {
		log.ErrorContext(ctx, "no policy in force: the source denies until it loads")
	} else {
		log.ErrorContext(ctx, "policy change did not load: the policy before it stays in force", "revision", revision)
	}
}

func (s *Store) noteError(out found, err error) (revision string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.CheckedAt = out.readAt
	s.status.LastError, s.status.LastErrorTime = err, time.Now()
	f := *s.force.Load()
	if f.err = out.err; s.status.Revision == "" {
		f.policy = &Policy{name: s.cfg.Name, err: err}
	}
	s.force.Store(&f)
	return s.status.Revision
}

// noteExpiry logs that the policy in force expired, once. There is never more.
func (s *Store) noteExpiry(ctx context.Context) (more bool) {
	f := s.force.Load()
	switch expired := f.expired(s.cfg.MaxAge, now()); {
	case !expired:
		s.toldExpired = false
	case !s.toldExpired:
		s.toldExpired = true
		s.cfg.log().ErrorContext(ctx, "policy expired: the source denies until its files are confirmed", "source", s.cfg.Name, "error", f.expiry(s.cfg.MaxAge))
	}
	return false
}

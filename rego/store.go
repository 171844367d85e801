package rego

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// StoreConfig says where a source is and how to follow its changes.
type StoreConfig struct {
	LoadConfig
	// DenyUntilLoaded lets Open succeed where the first load fails. The policy
	// denies with the error of the load then, until a load succeeds.
	DenyUntilLoaded bool
	// Settle is how long the files must hold still before they are read; 0 means
	// 100 ms. After ten times as long they are read all the same.
	Settle time.Duration
	// Tick is how often the files are looked at without any event; 0 means 10 s.
	Tick time.Duration
	// Static reads the source once and never again.
	Static bool
}

// Store holds the policy of one source and, unless it is static, follows the
// changes of its directory. A change that does not load leaves the policy in
// force and shows in Status.
type Store struct {
	cfg    StoreConfig
	policy atomic.Pointer[Policy]

	mu     sync.Mutex
	status Status

	// What follows belongs to Open, then to the goroutine.
	seen     stamp     // of the last read
	readAt   time.Time // when the last read began
	retry    bool      // the last read failed, and may not fail again
	unsteady int       // reads in a row during which the files changed
	logged   string    // the last error that was logged

	cancel context.CancelFunc
	done   chan struct{}
}

// Status is what a store knows about its source.
type Status struct {
	Name string
	Dir  string
	// Revision is that of the policy in force, and Since when it came into force.
	Revision string
	Since    time.Time
	// LastError is why the files as they are now did not load, or nil.
	LastError     error
	LastErrorTime time.Time
	// CheckedAt is when the files were last looked at.
	CheckedAt time.Time
}

// Open loads a source and begins to follow it. Without DenyUntilLoaded, an error
// of the first load is returned. ctx is for the first load only; Close ends what
// Open began.
func Open(ctx context.Context, cfg StoreConfig) (*Store, error) {
	if cfg.Settle <= 0 {
		cfg.Settle = 100 * time.Millisecond
	}
	if cfg.Tick <= 0 {
		cfg.Tick = 10 * time.Second
	}
	if cfg.Dir != "" {
		// A later change of the working directory must not lead elsewhere.
		dir, err := filepath.Abs(cfg.Dir)
		if err != nil {
			return nil, err
		}
		cfg.Dir = dir
	}
	s := &Store{cfg: cfg, status: Status{Name: cfg.Name, Dir: cfg.Dir}}
	s.policy.Store(&Policy{name: cfg.Name, err: sourceError(cfg.LoadConfig, ErrNoPolicy)})

	var w *watcher
	if cfg.Dir != "" && !cfg.Static {
		w = newWatcher(cfg.LoadConfig)
		// Watch before the first read, so that no change falls in between.
		w.sync(ctx)
	}
	for !s.reload(ctx) {
	}
	if err := s.Status().LastError; err != nil && (!cfg.DenyUntilLoaded || ctx.Err() != nil) {
		return nil, errors.Join(err, w.close())
	}
	if w != nil {
		ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
		s.done = make(chan struct{})
		go s.run(ctx, w) // ends in Close
	}
	return s, nil
}

// Name returns the name of the source.
func (s *Store) Name() string { return s.cfg.Name }

// Policy returns the policy in force, never nil.
func (s *Store) Policy() *Policy { return s.policy.Load() }

// Status returns what the store knows about its source.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Close ends the watching and returns once it has ended. The policy in force
// stays usable.
func (s *Store) Close() error {
	if s.cancel != nil {
		s.cancel()
		<-s.done
	}
	return nil
}

// maxUnsteady is how many reads in a row may find that the files changed
// meanwhile.
const maxUnsteady = 10

// reload reads the source once and puts it in force where it differs from what
// is. It returns false where the files changed meanwhile and are to be read
// again.
func (s *Store) reload(ctx context.Context) bool {
	s.readAt = time.Now()
	snap, seen, err := readSnapshot(ctx, s.cfg.LoadConfig)
	s.seen, s.retry = seen, err != nil
	if errors.Is(err, errChanging) {
		if s.unsteady++; s.unsteady < maxUnsteady {
			return false
		}
	}
	s.unsteady = 0
	if err == nil && revisionOf(snap, s.cfg.InputSchema) == s.policy.Load().revision {
		s.settled(ctx)
		return true
	}
	var p *Policy
	if err == nil {
		p, err = build(ctx, s.cfg.LoadConfig, snap)
	}
	switch {
	case ctx.Err() != nil && s.cancel != nil: // closed meanwhile
	case err != nil:
		s.failed(ctx, sourceError(s.cfg.LoadConfig, err))
	default:
		s.policy.Store(p)
		s.settled(ctx)
	}
	return true
}

// settled notes that the files are those of the policy in force.
func (s *Store) settled(ctx context.Context) {
	p, now := s.policy.Load(), time.Now()
	s.mu.Lock()
	isFirst, isNew, repaired := s.status.Revision == "", s.status.Revision != p.revision, s.status.LastError != nil
	s.status.CheckedAt = now
	s.status.LastError, s.status.LastErrorTime = nil, time.Time{}
	if isNew {
		s.status.Revision, s.status.Since = p.revision, now
	}
	s.mu.Unlock()
	s.logged = ""
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

// failed notes that the files do not load. The policy in force stays; where
// there is none, the store denies with the newest error.
func (s *Store) failed(ctx context.Context, err error) {
	now := time.Now()
	s.mu.Lock()
	s.status.CheckedAt = now
	s.status.LastError, s.status.LastErrorTime = err, now
	revision := s.status.Revision
	s.mu.Unlock()
	if revision == "" {
		s.policy.Store(&Policy{name: s.cfg.Name, err: err})
	}
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

// changed says whether the files may differ from those last read.
func (s *Store) changed(ctx context.Context) bool {
	if !canStamp || s.retry || s.seen.racy(s.readAt) {
		return true
	}
	now := time.Now()
	t, err := openDir(s.cfg.Dir)
	if err != nil {
		return stampOf(nil, err).sum != s.seen.sum
	}
	entries, err := t.walk(ctx, defaultLimits)
	if stampOf(entries, err).sum != s.seen.sum || t.close() != nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.CheckedAt = now
	return false
}

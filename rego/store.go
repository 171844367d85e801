package rego

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
	"weak"
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
	// MaxAge is for how long a policy stays in force that could not be confirmed:
	// the files could not be read, or do not load. The store denies then, until
	// they do. 0 means for ever. A static source is always confirmed.
	MaxAge time.Duration
	// AllowRollback lets a signed bundle take effect whose sequence is lower than
	// that of the one it replaces.
	AllowRollback bool
}

// Store holds the policy of one source and, unless it is static, follows the
// changes of its directory. A change that does not load leaves the policy in
// force and shows in Status.
type Store struct {
	cfg   StoreConfig
	force atomic.Pointer[force]

	mu     sync.Mutex
	status Status
	// change is closed when another policy comes into force.
	change chan struct{}
	stuck  []*stuckLoad
	// replaced are the policies that were in force, as long as something uses
	// them: an evaluation that does not return.
	replaced []weak.Pointer[Policy]

	// returned is what a load left that ended after its deadline.
	returned *kept

	// What follows belongs to Open, then to the goroutine.
	watch    *watcher      // nil where nothing is watched
	hints    chan struct{} // holds a value where an event came since it was last read
	seen     stamp         // of the last read
	readAt   time.Time     // when the last read began
	expires  time.Time     // when a signature that was read is good no longer; may be zero
	retry    bool          // the last read failed, and may not fail again
	unsteady int           // reads in a row during which the files changed
	content  string        // what the last read found, or why it found nothing
	inForce  string        // what it found when the policy in force was loaded
	event    bool          // an event announced what the next read finds
	logged   string        // the last error that was logged
	loose    []string      // the last warnings of permissions that were logged
	rollback rollback      // what was in force
	// toldExpired says that the log has it that the policy expired.
	toldExpired bool
	// good is what the load of the policy in force left, last what the last load
	// did; nil where there is none, or nothing is kept.
	good, last *kept

	cancel context.CancelFunc
	done   chan struct{}
}

// Status is what a store knows about its source.
type Status struct {
	Name string
	Dir  string
	// Profile is that of the library, or "".
	Profile string
	// Revision is that of the policy in force, and Since when it came into force.
	Revision string
	Since    time.Time
	// Policies are the names of the policies in force, sorted.
	Policies []string
	// Warnings are what is odd about the policy in force and no error.
	Warnings []string
	// LastError is why the files as they are now did not load, or nil.
	LastError     error
	LastErrorTime time.Time
	// CheckedAt is when the files were last looked at, and ConfirmedAt when they
	// were last known to be those of the policy in force.
	CheckedAt   time.Time
	ConfirmedAt time.Time
	// Static says that the source is never read again.
	Static bool
	// Expired says that the store denies because ConfirmedAt is longer ago than
	// the configured MaxAge.
	Expired bool
	// Reloads counts how often another policy came into force after the first,
	// ReloadErrors how often the files changed and did not load.
	Reloads      uint64
	ReloadErrors uint64
	// ByEvent and ByTick count the changes that an event announced, and those
	// that were found by looking.
	ByEvent uint64
	ByTick  uint64
	// WatchError is why changes are found by looking alone, for all of the
	// directory or a part of it; nil where events announce them all.
	WatchError error
	// Stuck are the evaluations and loads that have not returned after their
	// deadline. An evaluation of a policy that was replaced keeps nothing from
	// being decided any more.
	Stuck []Stuck
}

// Stuck is an evaluation or a load that has not returned after its deadline.
type Stuck struct {
	// What is a policy's name, or "load".
	What string
	// Revision is that of the policy that is evaluated; "" for a load.
	Revision string
	// Replaced says that the policy is no longer in force.
	Replaced bool
	// Since is when it began.
	Since time.Time
}

// Open loads a source and begins to follow it. Without DenyUntilLoaded, an error
// of the first load is returned. ctx is for the first load only; Close ends what
// Open began.
func Open(ctx context.Context, cfg StoreConfig) (*Store, error) {
	s, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	for s.reload(ctx) {
	}
	if err := s.Status().LastError; err != nil && (!cfg.DenyUntilLoaded || ctx.Err() != nil) {
		return nil, errors.Join(err, s.watch.close())
	}
	if s.watch != nil {
		ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
		s.done = make(chan struct{})
		go s.run(ctx) // ends in Close
	}
	return s, nil
}

func newStore(cfg StoreConfig) (*Store, error) {
	if cfg.Settle <= 0 {
		cfg.Settle = 100 * time.Millisecond
	}
	if err := CheckBuiltins(cfg.AllowBuiltins); err != nil {
		return nil, sourceError(cfg.LoadConfig, err) // no change of the files mends that
	}
	if cfg.Tick <= 0 {
		cfg.Tick = 10 * time.Second
	}
	if cfg.MaxAge > 0 {
		// A policy that is confirmed at each tick does not expire between two.
		cfg.Tick = max(min(cfg.Tick, cfg.MaxAge/3), time.Millisecond)
	}
	if cfg.Dir != "" {
		// A later change of the working directory must not lead elsewhere.
		dir, err := filepath.Abs(cfg.Dir)
		if err != nil {
			return nil, err
		}
		cfg.Dir = dir
	}
	cfg.Static = cfg.Static || cfg.Dir == ""
	s := &Store{
		cfg:    cfg,
		status: Status{Name: cfg.Name, Dir: cfg.Dir, Profile: cfg.Profile, Static: cfg.Static},
		hints:  make(chan struct{}, 1),
		change: make(chan struct{}),
	}
	s.force.Store(&force{policy: &Policy{name: cfg.Name, err: sourceError(cfg.LoadConfig, ErrNoPolicy)}})
	if !cfg.Static {
		s.watch = newWatcher(cfg.Dir, s.hints)
	}
	return s, nil
}

// Name returns the name of the source.
func (s *Store) Name() string { return s.cfg.Name }

// Policy returns the policy in force, never nil. Where it could not be confirmed
// for longer than MaxAge, it denies with an error that is ErrExpired.
func (s *Store) Policy() *Policy {
	f := s.force.Load()
	if s.cfg.MaxAge > 0 && !s.cfg.Static && f.expired(s.cfg.MaxAge, now()) {
		return f.denying(s.cfg)
	}
	return f.policy
}

// Changed returns a channel that is closed when another policy than the one now
// in force comes into force.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change
}

// Status returns what the store knows about its source.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.force.Load()
	st := s.status
	if f.policy.err == nil {
		st.Policies, st.Warnings = f.policy.Policies(), f.policy.Warnings()
		st.ConfirmedAt = f.confirmed.monotonic
		st.Expired = !s.cfg.Static && f.expired(s.cfg.MaxAge, now())
		st.Stuck = f.policy.stuck()
	}
	for _, w := range s.replaced {
		if p := w.Value(); p != nil {
			for _, stuck := range p.stuck() {
				stuck.Replaced = true
				st.Stuck = append(st.Stuck, stuck)
			}
		}
	}
	for _, l := range s.stuck {
		st.Stuck = append(st.Stuck, l.stuck()...)
	}
	return st
}

// Close ends the watching and returns once it has ended. It does not wait for a
// load that is stuck. The policy in force stays usable, until it expires.
func (s *Store) Close() error {
	if s.cancel != nil {
		s.cancel()
		<-s.done
	}
	return nil
}

package rego

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// run follows the source until ctx is done. An event says no more than that it
// is time to look: what to do follows from what is there.
func (s *Store) run(ctx context.Context) {
	defer close(s.done)
	defer func() {
		if err := s.watch.close(); err != nil {
			s.cfg.log().WarnContext(ctx, "watch does not close", "source", s.cfg.Name, "error", err)
		}
	}()
	tick := time.NewTicker(s.cfg.Tick)
	defer tick.Stop()

	var settle <-chan time.Time // nil while nothing is due
	var latest time.Time
	hint := func() {
		if settle == nil {
			latest = time.Now().Add(10 * s.cfg.Settle)
		}
		settle = time.After(min(s.cfg.Settle, time.Until(latest)))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.hints:
			s.event = true
			hint()
		case <-settle:
			settle = nil
			if s.guard(ctx, s.reload) {
				hint()
			}
		case <-tick.C:
			if settle == nil && s.guard(ctx, s.changed) {
				hint()
			}
			s.guard(ctx, s.noteExpiry)
		}
	}
}

// guard makes an error of a panic: it ends neither the process nor the watching.
func (s *Store) guard(ctx context.Context, step func(context.Context) bool) (more bool) {
	defer func() {
		if v := recover(); v != nil {
			s.retry = true
			err := loadPanic(v)
			// Not logged: the log may be what panicked.
			s.noteError(found{readAt: time.Now(), err: err}, sourceError(s.cfg.LoadConfig, err))
		}
	}()
	return step(ctx)
}

// watching notes why not everything is watched, or that all is.
func (s *Store) watching(ctx context.Context, err error) {
	s.mu.Lock()
	before := s.status.WatchError
	s.status.WatchError = err
	s.mu.Unlock()
	log := s.cfg.log().With("source", s.cfg.Name)
	switch {
	case err == nil && before != nil:
		log.InfoContext(ctx, "policy directory is watched again")
	case err != nil && (before == nil || before.Error() != err.Error()):
		log.WarnContext(ctx, "policy directory is not watched whole: changes are found by looking", "error", err)
	}
}

// watcher watches the directories of a source, and those above it where it can
// be replaced. Files are never watched: an editor replaces them. It belongs to
// one goroutine at a time.
type watcher struct {
	dir    string
	hints  chan<- struct{}
	notify *fsnotify.Watcher // nil where there is none
	pumped chan struct{}     // closed when pump has ended
	added  map[string]fs.FileInfo

	mu     sync.Mutex
	points points // what concerns the source
}

// newNotify is a variable for the test of a system without watches.
var newNotify = fsnotify.NewWatcher

func newWatcher(dir string, hints chan<- struct{}) *watcher {
	return &watcher{dir: dir, hints: hints}
}

// maxSyncs bounds how often sync looks again for directories that were made
// while it added watches.
const maxSyncs = 5

// sync watches what is there now, and returns why not all of it can be watched.
// What failed before is tried again.
func (w *watcher) sync() error {
	if w == nil {
		return nil
	}
	if w.notify != nil {
		select {
		case <-w.pumped: // it ended by itself
			_ = w.close() // it is replaced
		default:
		}
	}
	if w.notify == nil {
		notify, err := newNotify()
		if err != nil {
			return fmt.Errorf("no watch can be begun (%s): %w", "a limit may be reached, on Linux fs.inotify.max_user_instances", err)
		}
		w.notify, w.pumped, w.added = notify, make(chan struct{}), map[string]fs.FileInfo{}
		go w.pump(notify, w.pumped) // ends in close
	}
	for n := 1; ; n++ {
		if added, err := w.add(); !added || n == maxSyncs {
			return err
		}
	}
}

// beforeWatch is a variable for the test of what changes while watches are added.
var beforeWatch = func() {}

// add adds the watches that are missing. A directory that was made anew under an
// old name is another one.
func (w *watcher) add() (added bool, err error) {
	wanted, err := watchPoints(w.dir)
	beforeWatch()
	w.mu.Lock()
	w.points = wanted
	w.mu.Unlock()
	errs := []error{err}
	alive := map[string]bool{}
	for _, name := range w.notify.WatchList() {
		alive[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		info, err := os.Stat(name)
		if err != nil {
			continue // gone meanwhile, or watchPoints said why
		}
		if alive[name] && w.added[name] != nil && os.SameFile(w.added[name], info) {
			continue
		}
		if alive[name] {
			w.remove(name)
		}
		switch err := w.notify.Add(name); {
		case err == nil:
			w.added[name], added = info, true
		case errors.Is(err, fs.ErrNotExist): // the event of that is on its way
		case errors.Is(err, syscall.ENOSPC):
			errs = append(errs, fmt.Errorf("%s cannot be watched: the system has no watch left (fs.inotify.max_user_watches)", name))
		default:
			errs = append(errs, fmt.Errorf("%s cannot be watched: %w", name, err))
		}
	}
	for name := range alive {
		if _, ok := wanted[name]; !ok {
			w.remove(name)
		}
	}
	return added, first(errs)
}

// first is the first error of errs, with how many there are behind it.
func first(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return fmt.Errorf("%w (and %d more)", errs[0], len(errs)-1)
}

func (w *watcher) remove(name string) {
	delete(w.added, name)
	_ = w.notify.Remove(name) // it fails where the watch ended by itself
}

// pump takes events as they come: while they wait, the system's queue fills up,
// and on Windows a watch cannot be added.
func (w *watcher) pump(notify *fsnotify.Watcher, pumped chan<- struct{}) {
	defer close(pumped)
	for {
		select {
		case event, ok := <-notify.Events:
			if !ok {
				return
			}
			if !w.concerns(event.Name) {
				continue
			}
		case _, ok := <-notify.Errors:
			// Events were lost, most of the time by an overflow.
			if !ok {
				return
			}
		}
		select {
		case w.hints <- struct{}{}:
		default:
		}
	}
}

// concerns says whether a change of name can change the source.
func (w *watcher) concerns(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.points[name]; ok {
		return true
	}
	names, ok := w.points[filepath.Dir(name)]
	return ok && (names == nil || names[filepath.Base(name)])
}

func (w *watcher) close() error {
	if w == nil || w.notify == nil {
		return nil
	}
	err := w.notify.Close()
	<-w.pumped
	w.notify = nil
	return err
}

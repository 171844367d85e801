package rego

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// run follows the source until ctx is done. An event says no more than that it
// is time to look: what to do follows from what is there.
func (s *Store) run(ctx context.Context, w *watcher) {
	defer close(s.done)
	defer func() {
		if err := w.close(); err != nil {
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
		case <-w.hints:
			hint()
		case <-settle:
			settle = nil
			w.sync(ctx)
			if !s.reload(ctx) {
				hint()
			}
		case <-tick.C:
			w.sync(ctx)
			if settle == nil && s.changed(ctx) {
				hint()
			}
		}
	}
}

// watcher watches the directories of a source and the one that the source is
// in. Files are never watched: an editor replaces them. Where the system has no
// watch left, there are no hints, and the tick does the work.
type watcher struct {
	cfg     LoadConfig
	notify  *fsnotify.Watcher // nil where there is none
	watched map[string]fs.FileInfo
	warned  bool
	// hints holds a value where something changed since it was last read.
	hints  chan struct{}
	pumped chan struct{}
}

// newNotify is a variable for the test of a system without watches.
var newNotify = fsnotify.NewWatcher

func newWatcher(cfg LoadConfig) *watcher {
	w := &watcher{
		cfg:     cfg,
		watched: map[string]fs.FileInfo{},
		hints:   make(chan struct{}, 1),
		pumped:  make(chan struct{}),
	}
	notify, err := newNotify()
	if err != nil {
		w.warn(context.Background(), err)
		return w
	}
	w.notify = notify
	go w.pump() // ends in close
	return w
}

// pump takes events as they come: while they wait, the system's queue fills up,
// and on Windows a watch cannot be added.
func (w *watcher) pump() {
	defer close(w.pumped)
	for {
		select {
		case event, ok := <-w.notify.Events:
			if !ok {
				return
			}
			if !w.concerns(event.Name) {
				continue
			}
		case _, ok := <-w.notify.Errors:
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

func (w *watcher) close() error {
	if w == nil || w.notify == nil {
		return nil
	}
	err := w.notify.Close()
	<-w.pumped
	return err
}

func (w *watcher) warn(ctx context.Context, err error) {
	if !w.warned {
		w.warned = true
		w.cfg.log().WarnContext(ctx, "policy directory is not watched: changes are found by looking", "source", w.cfg.Name, "error", err)
	}
}

// concerns says whether a change of name can change the source.
func (w *watcher) concerns(name string) bool {
	dir := w.cfg.Dir
	return name == dir || below(name, dir) || below(dir, name)
}

func below(name, dir string) bool {
	return strings.HasPrefix(name, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

// sync watches the directories that are there now. A directory that was made
// anew under an old name is another one.
func (w *watcher) sync(ctx context.Context) {
	if w.notify == nil {
		return
	}
	alive := map[string]bool{}
	for _, name := range w.notify.WatchList() {
		alive[name] = true
	}
	want := map[string]bool{}
	for _, name := range w.directories(ctx) {
		want[name] = true
		info, err := os.Stat(name)
		if err != nil {
			continue // gone meanwhile: the event of that is on its way
		}
		if alive[name] && w.watched[name] != nil && os.SameFile(w.watched[name], info) {
			continue
		}
		if alive[name] {
			w.remove(name)
		}
		if err := w.notify.Add(name); err != nil {
			w.warn(ctx, err)
			continue
		}
		w.watched[name] = info
	}
	for name := range alive {
		if !want[name] {
			w.remove(name)
		}
	}
}

func (w *watcher) remove(name string) {
	delete(w.watched, name)
	_ = w.notify.Remove(name) // it fails where the watch ended by itself
}

// directories lists the directories of the source, and the nearest one above
// it that exists.
func (w *watcher) directories(ctx context.Context) []string {
	var names []string
	for dir := w.cfg.Dir; dir != filepath.Dir(dir); {
		dir = filepath.Dir(dir)
		if _, err := os.Stat(dir); err == nil {
			names = append(names, dir)
			break
		}
	}
	t, err := openDir(w.cfg.Dir)
	if err != nil {
		return names
	}
	// What cannot be walked is watched as far as it can; the load reports it.
	entries, _ := t.walk(ctx, defaultLimits)
	for _, e := range entries {
		if e.kind == kindDir {
			names = append(names, filepath.Join(w.cfg.Dir, filepath.FromSlash(e.name)))
		}
	}
	_ = t.close() // it was only read
	return names
}

package rego

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

var DecodeResult = decodeResult

// AllowedBuiltins and RefusedBuiltins are the two lists of builtins.
func AllowedBuiltins() map[string]bool   { return allowed }
func RefusedBuiltins() map[string]string { return refused }

// Callable are the builtins that policies may call.
func Callable() []string {
	var names []string
	for _, b := range (*builtins)(nil).caps().Builtins {
		names = append(names, b.Name)
	}
	return names
}

// Limits are small limits for a test.
type Limits struct {
	Files, Depth              int
	FileSize, DataSize, Total int64
	Ratio                     int64 // 0 means as much as outside of tests
}

// ReadWithLimits reads a source within limits of the test.
func ReadWithLimits(ctx context.Context, fsys fs.FS, l Limits) error {
	_, _, err := openFS(fsys).snapshot(ctx, limits{
		files: l.Files, depth: l.Depth, fileSize: l.FileSize, dataSize: l.DataSize, total: l.Total,
		ratio: cmp.Or(l.Ratio, defaultLimits.ratio),
	})
	return err
}

// Lint lints a source, whether or not it would load.
func Lint(ctx context.Context, fsys fs.FS, schema []byte) ([]Finding, error) {
	snap, _, err := openFS(fsys).snapshot(ctx, defaultLimits)
	if err != nil {
		return nil, err
	}
	builtins, err := allowBuiltins(nil)
	if err != nil {
		return nil, err
	}
	src, errs := parse(snap, builtins)
	if err := join(errs); err != nil {
		return nil, err
	}
	return lintSource(src, schema), nil
}

// LintModule lints one module, if it parses.
func LintModule(content, schema []byte) {
	m, err := parseModule("m.rego", content)
	if err != nil || isTest(m) {
		return
	}
	lintSource(&source{modules: []*module{m}, byFile: map[string]*module{m.name: m}, data: map[string]any{}}, schema)
}

// LintRules are the names of the rules of the lint.
func LintRules() []string {
	names := make([]string, len(lintRules))
	for i, r := range lintRules {
		names[i] = r.Name
	}
	return names
}

// ReadFile reads one file of a directory without looking at it first.
func ReadFile(dir, name string) ([]byte, error) {
	t, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	b, err := t.read(entry{name: name}, 1<<20)
	return b, errors.Join(err, t.close())
}

// ReadDirWhile reads a directory and calls during before each file of it.
func ReadDirWhile(ctx context.Context, dir string, during func(name string)) error {
	t, err := openDir(dir)
	if err != nil {
		return err
	}
	open := t.open
	t.open = func(name string) (fs.File, error) {
		during(name)
		return open(name)
	}
	_, _, err = t.snapshot(ctx, defaultLimits)
	return errors.Join(err, t.close())
}

// Writable makes one error of what others could write in and above dir.
func Writable(ctx context.Context, dir string) error {
	return WritableAfter(ctx, dir, func() {})
}

// WritableAfter opens dir, calls change and looks who could write it.
func WritableAfter(ctx context.Context, dir string, change func()) error {
	t, err := LoadConfig{Dir: dir}.openDir()
	if err != nil {
		return err
	}
	change()
	_, err = t.look(ctx, defaultLimits)
	return errors.Join(err, t.close())
}

// WithoutWatches makes the system refuse every watch until the test ends.
func WithoutWatches(t *testing.T) { FailWatches(t, errors.New("too many open files")) }

// FailWatches makes the system refuse every watch until restore is called.
func FailWatches(t *testing.T, err error) (restore func()) {
	old := newNotify
	var fails atomic.Bool
	fails.Store(true)
	t.Cleanup(func() { newNotify = old })
	newNotify = func() (*fsnotify.Watcher, error) {
		if fails.Load() {
			return nil, err
		}
		return old()
	}
	return func() { fails.Store(false) }
}

// EndWatch ends the watch of a store as if the system had ended it.
func EndWatch(t *testing.T, s *Store) {
	if err := s.watch.notify.Close(); err != nil {
		t.Fatal(err)
	}
}

// HoldEvents keeps a store from taking events until release is called.
func HoldEvents(s *Store) (release func()) {
	s.watch.mu.Lock()
	return s.watch.mu.Unlock
}

// WithoutRacyFiles makes every file count as older than any further change.
func WithoutRacyFiles(t testing.TB) {
	old := racyFor
	t.Cleanup(func() { racyFor = old })
	racyFor = -100 * 365 * 24 * time.Hour // in a bubble of synctest it is the year 2000
}

// OpenByHand opens a store that follows nothing by itself.
func OpenByHand(ctx context.Context, cfg StoreConfig) (*Store, error) {
	s, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	s.watch = nil
	for s.reload(ctx) {
	}
	return s, s.Status().LastError
}

// Reload reads the source of a store that was opened by hand.
func Reload(ctx context.Context, s *Store) {
	for s.reload(ctx) {
	}
}

// Changed looks whether the files of such a store may have changed.
func Changed(ctx context.Context, s *Store) bool { return s.changed(ctx) }

// FileID changes with the content of a file that is not young.
type FileID = fileID

// IDOf returns the identity of a file.
func IDOf(info fs.FileInfo) FileID { return idOf(info) }

// OnCompile calls f at the begin of each compile until the test ends, beside
// the compiles of other policies.
func OnCompile(t testing.TB, f func(what string)) {
	old := beforeCompile
	t.Cleanup(func() { beforeCompile = old })
	var mu sync.Mutex
	beforeCompile = func(what string) {
		mu.Lock()
		defer mu.Unlock()
		f(what)
	}
}

// OnRead calls f before a store reads a file until the test ends.
func OnRead(t testing.TB, f func(name string)) {
	old := beforeRead
	t.Cleanup(func() { beforeRead = old })
	beforeRead = f
}

// Kept is how many files, parsed files and compiled units a store keeps.
func Kept(s *Store) (files, parsed, units int) {
	return len(s.last.files), len(s.last.parsed), len(s.last.units)
}

// OnCompileBeside is OnCompile for an f that may be called by several at once.
func OnCompileBeside(t testing.TB, f func(what string)) {
	old := beforeCompile
	t.Cleanup(func() { beforeCompile = old })
	beforeCompile = f
}

// Age is the age of an instant, where each of the clocks went on by so much.
func Age(monotonic, wall time.Duration) time.Duration {
	t := time.Now()
	return instantAt(t).age(instant{monotonic: t.Add(monotonic), wall: t.Round(0).Add(wall)})
}

// TarMember is one member of a tar archive; a directory has no content.
type TarMember struct {
	Name    string
	Dir     bool
	Content string
}

// ReadTar reads a tar archive to its end.
func ReadTar(raw []byte) ([]TarMember, error) {
	tr := &tarReader{r: bytes.NewReader(raw)}
	var members []TarMember
	for {
		m, err := tr.next()
		if errors.Is(err, io.EOF) {
			return members, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := tr.content()
		if err != nil {
			return nil, err
		}
		if m.typ != tarGlobal {
			members = append(members, TarMember{m.name, m.typ == tarDir, string(content)})
		}
	}
}

// OnWatch calls f before a store adds watches until the test ends.
func OnWatch(t testing.TB, f func()) {
	old := beforeWatch
	t.Cleanup(func() { beforeWatch = old })
	beforeWatch = f
}

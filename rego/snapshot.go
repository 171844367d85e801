package rego

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// errChanging says that a source did not hold still while it was read.
var errChanging = errors.New("the files changed while they were read")

// snapshot is the whole content of a source at one moment.
type snapshot struct {
	bundles []*bundle // sorted by name
	skipped []skipped // what is no part of any bundle
	loose   []string  // who could have written it, where that is a warning
	loading *loading  // the load that reads it; may be nil
	// expires is when the first of its signatures is good no longer; may be zero.
	expires time.Time
}

// bundle is one part of a source with roots of its own.
type bundle struct {
	// name is the archive or directory in the source; "." is what belongs to
	// none.
	name     string
	files    []file // sorted by name
	tests    []file // sorted by name; they are no part of what is loaded
	manifest *manifest
	roots    []string
	// archive says that name is an archive, whose members are all read.
	archive bool
	// signatures is the file with the signature, nil where there is none; others
	// are the members of an archive that are skipped. Both are there only where
	// keys are given.
	signatures []byte
	others     []file
	// partial says that a file could not be parsed, so that the roots may lack
	// some.
	partial bool
}

// file is one file of a bundle.
type file struct {
	// name is the path in the source, for messages; a member of an archive is
	// below the archive's name.
	name string
	// rel is the path in the bundle, which decides where data lands.
	rel     string
	kind    kind
	content []byte
}

func (b *bundle) String() string {
	if b.name == "." {
		return "the files outside of any bundle"
	}
	return "bundle " + b.name
}

// readSnapshot reads the source of cfg. The stamp is what the tree looked like
// before and after. What is known of the files already comes from l, which may
// be nil.
func readSnapshot(ctx context.Context, cfg LoadConfig, l *loading) (*snapshot, stamp, error) {
	l.enter(stageRead)
	var t *tree
	switch {
	case cfg.Dir != "":
		var err error
		if t, err = cfg.openDir(); err != nil {
			return nil, stampOf(nil, err), err
		}
	case cfg.FS != nil:
		t = openFS(cfg.FS)
	default:
		return nil, stamp{}, errors.New("neither a directory nor a file system is given")
	}
	t.keys = cfg.Keys
	t.loading = l
	s, st, err := t.snapshot(ctx, defaultLimits)
	if cfg.Dir != "" && ctx.Err() == nil && t.moved(cfg.Dir) {
		s, err = nil, errChanging
	}
	if err != nil {
		err = repositoryError(cfg.Dir, err)
	} else {
		s.loading = l
	}
	l.enter(stageCheck)
	return s, st, errors.Join(err, t.close())
}

func (t *tree) snapshot(ctx context.Context, lim limits) (*snapshot, stamp, error) {
	w, err := t.look(ctx, lim)
	before := stampOf(w.entries, err)
	var s *snapshot
	if err == nil {
		s, err = t.readAll(ctx, w)
	}
	// What fails may fail because it is being changed, too.
	if t.stamped && ctx.Err() == nil {
		if after := stampOf(t.lookAgain(ctx, lim)); after.sum != before.sum {
			t.loading.forget()
			return nil, after, errChanging
		}
	}
	if err != nil {
		return nil, before, err
	}
	s.loose = t.loose
	return s, before, nil
}

// readAll reads what a walk found.
func (t *tree) readAll(ctx context.Context, w *walker) (*snapshot, error) {
	s := &snapshot{skipped: w.skipped}
	bundles := map[string]*bundle{}
	for _, e := range w.entries {
		if e.kind == kindManifest {
			dir := path.Dir(e.name)
			bundles[dir] = &bundle{name: dir}
		}
	}
	budget := w.budget
	budget.signed = t.keys != nil
	for _, e := range w.entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch e.kind {
		case kindDir:
		case kindSignatures:
			dir := path.Dir(e.name)
			if dir != "." && bundles[dir] == nil {
				continue // no bundle begins here
			}
			content, err := t.file(e, budget)
			if err != nil {
				return nil, err
			}
			if bundles[dir] == nil {
				bundles[dir] = &bundle{name: dir}
			}
			bundles[dir].signatures = content
		case kindArchive:
			b, skipped, err := t.archive(ctx, e, budget)
			if err != nil {
				return nil, err
			}
			s.bundles = append(s.bundles, b)
			s.skipped = append(s.skipped, skipped...)
		default:
			content, err := t.file(e, budget)
			if err != nil {
				return nil, err
			}
			dir := bundleDir(bundles, e.name)
			if bundles[dir] == nil {
				bundles[dir] = &bundle{name: dir}
			}
			rel := strings.TrimPrefix(e.name, dir+"/")
			bundles[dir].add(file{name: e.name, rel: rel, kind: e.kind, content: content})
		}
	}
	for _, b := range bundles {
		s.bundles = append(s.bundles, b)
	}
	slices.SortFunc(s.bundles, func(a, b *bundle) int { return strings.Compare(a.name, b.name) })
	for _, b := range s.bundles {
		for _, files := range [][]file{b.files, b.tests} {
			slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
		}
	}
	if t.keys != nil {
		if err := t.verify(ctx, s, budget); err != nil {
			return nil, err
		}
		s.bundles = slices.DeleteFunc(s.bundles, func(b *bundle) bool { return b.name == "." && len(b.files)+len(b.tests) == 0 })
	}
	return s, nil
}

// bundleDir returns the directory of the bundle that name belongs to: the
// nearest one with a manifest, else the source itself.
func bundleDir(bundles map[string]*bundle, name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if bundles[dir] != nil {
			return dir
		}
	}
	return "."
}

func (t *tree) file(e entry, budget *budget) ([]byte, error) {
	// Before it is read, so that no more is read than the limit; what is larger
	// now has changed meanwhile.
	limit := budget.limit(e.kind)
	if e.info.Size() > limit {
		return nil, tooLarge(e.name, limit)
	}
	if err := budget.take(e.name, e.info.Size()); err != nil {
		return nil, err
	}
	return t.loading.content(e, limit, func() ([]byte, error) { return t.read(e, limit) })
}

func (t *tree) archive(ctx context.Context, e entry, budget *budget) (*bundle, []skipped, error) {
	name := e.name
	if path.Dir(name) != "." {
		return nil, nil, fault("archive", name, "move it there", "a bundle archive stands at the top of the source")
	}
	files, skipped, err := t.members(ctx, e, budget)
	if err != nil {
		return nil, nil, err
	}
	b := &bundle{name: name, archive: true}
	for _, f := range files {
		b.add(f)
	}
	return b, skipped, nil
}

// members unpacks an archive. A large one is read as it unpacks, and never held.
func (t *tree) members(ctx context.Context, e entry, budget *budget) ([]file, []skipped, error) {
	limit := budget.limits.dataSize
	if e.info.Size() <= maxKept {
		packed, err := t.loading.content(e, limit, func() ([]byte, error) { return t.read(e, limit) })
		if err != nil {
			return nil, nil, err
		}
		files, skipped, err := readArchive(ctx, e.name, bytes.NewReader(packed), budget)
		return files, skipped, archiveError(e.name, err)
	}
	f, _, err := t.openRegular(e, limit)
	if err != nil {
		return nil, nil, err
	}
	files, skipped, err := readArchive(ctx, e.name, f, budget)
	return files, skipped, errors.Join(archiveError(e.name, err), f.Close())
}

// archiveError is an error of reading the archive name, with its place.
func archiveError(name string, err error) error {
	if found, ok := err.(*Finding); ok {
		inside := *found
		inside.File = path.Join(name, found.File)
		return &inside
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return unread(name, err)
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault("archive", name, "build the archive again", "%s", err)
}

func (b *bundle) add(f file) {
	switch f.kind {
	case kindTest:
		b.tests = append(b.tests, f)
	case kindSignatures:
		b.signatures = f.content
	case kindSkip:
		b.others = append(b.others, f)
	default:
		b.files = append(b.files, f)
	}
}

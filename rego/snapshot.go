package rego

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
)

// errChanging says that a source did not hold still while it was read.
var errChanging = errors.New("the files changed while they were read")

// snapshot is the whole content of a source at one moment.
type snapshot struct {
	bundles []*bundle // sorted by name
	skipped []string  // files that are no part of any bundle
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
// before and after.
func readSnapshot(ctx context.Context, cfg LoadConfig) (*snapshot, stamp, error) {
	var t *tree
	switch {
	case cfg.Dir != "":
		var err error
		if t, err = openDir(cfg.Dir); err != nil {
			return nil, stampOf(nil, err), err
		}
	case cfg.FS != nil:
		t = openFS(cfg.FS)
	default:
		return nil, stamp{}, errors.New("neither a directory nor a file system is given")
	}
	s, st, err := t.snapshot(ctx, defaultLimits)
	if err != nil {
		err = repositoryError(cfg.Dir, err)
	}
	return s, st, errors.Join(err, t.close())
}

func (t *tree) snapshot(ctx context.Context, lim limits) (*snapshot, stamp, error) {
	entries, err := t.walk(ctx, lim)
	before := stampOf(entries, err)
	if err != nil {
		return nil, before, err
	}
	s, err := t.readAll(ctx, entries, lim)
	if t.stamped {
		if after := stampOf(t.walk(ctx, lim)); after.sum != before.sum {
			return nil, after, errChanging
		}
	}
	if err != nil {
		return nil, before, err
	}
	return s, before, nil
}

func (t *tree) readAll(ctx context.Context, entries []entry, lim limits) (*snapshot, error) {
	s := &snapshot{}
	bundles := map[string]*bundle{}
	for _, e := range entries {
		if e.kind == kindManifest {
			dir := path.Dir(e.name)
			bundles[dir] = &bundle{name: dir}
		}
	}
	budget := &budget{limits: lim}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch e.kind {
		case kindDir:
		case kindSkip:
			s.skipped = append(s.skipped, e.name)
		case kindArchive:
			b, err := t.archive(e.name, budget)
			if err != nil {
				return nil, err
			}
			s.bundles = append(s.bundles, b)
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
	limit := budget.limit(e.kind)
	content, err := t.read(e.name, limit)
	if err != nil {
		return nil, err
	}
	return content, budget.take(e.name, int64(len(content)))
}

func (t *tree) archive(name string, budget *budget) (*bundle, error) {
	if path.Dir(name) != "." {
		return nil, fault("archive", name, "move it there", "a bundle archive stands at the top of the source")
	}
	packed, err := t.read(name, budget.limits.dataSize)
	if err != nil {
		return nil, err
	}
	files, err := readArchive(name, packed, budget)
	if found, ok := err.(*Finding); ok {
		inside := *found
		inside.File = path.Join(name, found.File)
		return nil, &inside
	}
	if err != nil {
		return nil, fault("archive", name, "build the archive again", "%s", err)
	}
	b := &bundle{name: name}
	for _, f := range files {
		b.add(f)
	}
	return b, nil
}

func (b *bundle) add(f file) {
	if f.kind == kindTest {
		b.tests = append(b.tests, f)
		return
	}
	b.files = append(b.files, f)
}

// budget counts what was read of a source against its limits.
type budget struct {
	limits limits
	total  int64
}

// limit is how large a file of kind k may be.
func (b *budget) limit(k kind) int64 {
	if k == kindData {
		return b.limits.dataSize
	}
	return b.limits.fileSize
}

func (b *budget) take(name string, n int64) error {
	if b.total += n; b.total > b.limits.total {
		return fault("file-limit", name, "", "the source holds more than %d bytes", b.limits.total)
	}
	return nil
}

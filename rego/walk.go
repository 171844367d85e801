package rego

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// tree is the file tree of one source. Names are slash-separated and relative
// to it; no name leads out of it.
type tree struct {
	fsys fs.FS
	// open never blocks, also where name is a FIFO.
	open  func(name string) (fs.File, error)
	close func() error
	// dir is the directory that it is below; "" for a file system. What others
	// may write of it counts as permissions says, or is noted in loose.
	dir         string
	permissions Permissions
	loose       []string
	// keys verify the bundles; nil where no signature is asked for.
	keys *Keys
	// stamped says that the identity of a file changes with its content, so
	// that two walks tell whether something changed between them.
	stamped bool
	// loading knows the files that were read before; it may be nil.
	loading *loading
}

// entry is one directory, or one file that is not skipped.
type entry struct {
	name string
	// info describes what name leads to, after symlinks.
	info fs.FileInfo // nil where no walk found it
	kind kind
}

// openDir opens the tree below dir. Symlinks in it work as long as they do not
// lead out of it; dir may be a symlink itself, also one that is just being replaced
// while what it led to goes.
func openDir(dir string) (*tree, error) {
	for range 3 {
		before, _ := os.Readlink(dir) // "" where it is no symlink
		t, err := openDirOnce(dir)
		if !errors.Is(err, fs.ErrNotExist) {
			return t, err
		}
		if now, _ := os.Readlink(dir); now == before {
			return nil, err
		}
	}
	return nil, errChanging
}

func openDirOnce(dir string) (*tree, error) {
	// Opening a FIFO blocks, so ask first what dir is.
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &tree{
		fsys: root.FS(),
		open: func(name string) (fs.File, error) {
			return root.OpenFile(name, os.O_RDONLY|openFlags, 0)
		},
		close:   root.Close,
		stamped: canStamp,
	}, nil
}

func openFS(fsys fs.FS) *tree {
	return &tree{fsys: fsys, open: fsys.Open, close: func() error { return nil }}
}

// survey lists the directories and files of the tree, sorted by name, and what it
// passed over. One entry that cannot be read or is neither fails the whole walk: a
// part of a source is never taken for the source.
func (t *tree) survey(ctx context.Context, lim limits) (*walker, error) {
	w := &walker{tree: t, ctx: ctx, budget: &budget{limits: lim}}
	info, err := fs.Stat(t.fsys, ".")
	if err != nil {
		return w, unread(".", err)
	}
	if err := w.dir(".", []fs.FileInfo{info}); err != nil {
		return w, err
	}
	return w, join(w.misnamed)
}

type walker struct {
	tree    *tree
	ctx     context.Context
	budget  *budget
	entries []entry
	skipped []skipped
	// misnamed are the errors of names, which are reported together.
	misnamed []error
}

// dir adds the directory name and what is below it. The last of ancestors is
// name itself.
func (w *walker) dir(name string, ancestors []fs.FileInfo) error {
	w.entries = append(w.entries, entry{name: name, info: ancestors[len(ancestors)-1], kind: kindDir})
	if err := w.budget.deep(name, len(ancestors)-1); err != nil {
		return err
	}
	names, err := w.tree.list(name, w.budget)
	if err != nil {
		return err
	}
	for _, base := range names {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if err := w.child(name, base, ancestors); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) child(dir, base string, ancestors []fs.FileInfo) error {
	name := path.Join(dir, base)
	if base == signaturesName && w.tree.keys != nil {
		// One that is no file is no signature, which the bundle lacks then.
		if info, err := fs.Stat(w.tree.fsys, name); err == nil && info.Mode().IsRegular() {
			w.entries = append(w.entries, entry{name: name, info: info, kind: kindSignatures})
		}
		return nil
	}
	if reason := skippedName(base); reason != "" {
		w.skipped = append(w.skipped, skipped{name, reason})
		return nil
	}
	if err := checkBase(name, base); err != nil {
		w.misnamed = append(w.misnamed, err)
		return nil
	}
	info, err := fs.Lstat(w.tree.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", name, errChanging) // it was listed a moment ago
	}
	if err != nil {
		return unread(name, err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = fs.Stat(w.tree.fsys, name); err != nil {
			return unresolved(name, err)
		}
	}
	switch {
	case info.IsDir():
		for _, a := range ancestors {
			if os.SameFile(a, info) {
				return fault("file-kind", name, "take the symlink out", "symlink %s leads back to a directory above it", name)
			}
		}
		return w.dir(name, append(slices.Clip(ancestors), info))
	case info.Mode().IsRegular():
		switch k, err := kindOf(name); {
		case err != nil:
			w.misnamed = append(w.misnamed, err)
		case k == kindSkip:
			w.skipped = append(w.skipped, skipped{name, skippedFile(base)})
		default:
			w.entries = append(w.entries, entry{name: name, info: info, kind: k})
		}
		return nil
	default:
		return fault("file-kind", name, "take it out", "%s is neither a file nor a directory (%s)", name, info.Mode().Type())
	}
}

// list returns the sorted names in a directory, and counts them. It stops at
// the limit: a directory can hold more names than memory.
func (t *tree) list(name string, budget *budget) ([]string, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, unread(name, err)
	}
	var next func(n int) ([]string, error)
	switch d := f.(type) {
	case *os.File: // os.Root would ask for the status of each file
		next = d.Readdirnames
	case fs.ReadDirFile:
		next = func(n int) (names []string, err error) {
			list, err := d.ReadDir(n)
			for _, e := range list {
				names = append(names, e.Name())
			}
			return names, err
		}
	default:
		return nil, errors.Join(fmt.Errorf("%s cannot be listed", name), f.Close())
	}
	var names []string
	for err == nil {
		var some []string
		some, err = next(1000)
		names = append(names, some...)
		if err := budget.count(name, len(some)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, unread(name, err)
	}
	slices.Sort(names)
	return names, nil
}

// read returns the content of a regular file of at most limit bytes.
func (t *tree) read(e entry, limit int64) ([]byte, error) {
	name := e.name
	f, size, err := t.openRegular(e, limit)
	if err != nil {
		return nil, err
	}
	b, err := readSized(f, size, limit)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, unread(name, err)
	}
	if int64(len(b)) > limit {
		return nil, tooLarge(name, limit)
	}
	return b, nil
}

// openRegular opens a regular file of at most limit bytes. Where a walk saw it, it
// is the file that the walk saw: a symlink may lead elsewhere for a moment.
func (t *tree) openRegular(e entry, limit int64) (fs.File, int64, error) {
	name := e.name
	f, err := t.open(name)
	if err != nil {
		return nil, 0, unread(name, err)
	}
	// What was a file a moment ago may be a FIFO now.
	info, err := f.Stat()
	switch {
	case err != nil:
		err = unread(name, err)
	case !info.Mode().IsRegular():
		err = fault("file-kind", name, "take it out", "%s is not a regular file (%s)", name, info.Mode().Type())
	case t.stamped && e.info != nil && idOf(info) != idOf(e.info):
		err = fmt.Errorf("%s: %w", name, errChanging)
	case info.Size() > limit:
		err = tooLarge(name, limit)
	default:
		return f, info.Size(), nil
	}
	return nil, 0, errors.Join(err, f.Close())
}

// readSized reads a file of about size bytes, and at most one more than limit.
// Unlike [io.ReadAll] it does not copy what it has read again and again.
func readSized(r io.Reader, size, limit int64) ([]byte, error) {
	b := make([]byte, 0, size+1)
	r = io.LimitReader(r, limit+1)
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		if len(b) == cap(b) {
			b = slices.Grow(b, len(b)+512)
		}
	}
}

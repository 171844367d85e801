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
	"strings"
	"unicode/utf8"
)

// limits bound what one source may make the process read.
type limits struct {
	files    int   // directory entries and archive members
	fileSize int64 // one file other than data
	dataSize int64 // one data file, or one archive as it lies on disk
	total    int64 // all contents, unpacked
	depth    int   // nested directories
}

var defaultLimits = limits{
	files:    10_000,
	fileSize: 32 << 20,
	dataSize: 256 << 20,
	total:    512 << 20,
	depth:    16,
}

// tree is the file tree of one source. Names are slash-separated and relative
// to it; no name leads out of it.
type tree struct {
	fsys fs.FS
	// open never blocks, also where name is a FIFO.
	open  func(name string) (fs.File, error)
	close func() error
	// stamped says that the identity of a file changes with its content, so
	// that two walks tell whether something changed between them.
	stamped bool
}

// entry is one directory, or one file that is not skipped.
type entry struct {
	name string
	// info describes what name leads to, after symlinks.
	info fs.FileInfo
	kind kind
}

// openDir opens the tree below dir. Symlinks in it work as long as they do not
// lead out of it; dir may be a symlink itself.
func openDir(dir string) (*tree, error) {
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

// walk lists the directories and files of the tree, sorted by name. One entry
// that cannot be read or is neither fails the whole walk: a part of a source is
// never taken for the source.
func (t *tree) walk(ctx context.Context, lim limits) ([]entry, error) {
	info, err := fs.Stat(t.fsys, ".")
	if err != nil {
		return nil, err
	}
	w := &walker{tree: t, ctx: ctx, limits: lim}
	if err := w.dir(".", []fs.FileInfo{info}); err != nil {
		return w.entries, err
	}
	return w.entries, join(w.misnamed)
}

type walker struct {
	tree    *tree
	ctx     context.Context
	limits  limits
	entries []entry
	// misnamed are the errors of names, which are reported together.
	misnamed []error
	seen     int
}

// dir adds the directory name and what is below it. The last of ancestors is
// name itself.
func (w *walker) dir(name string, ancestors []fs.FileInfo) error {
	w.entries = append(w.entries, entry{name: name, info: ancestors[len(ancestors)-1], kind: kindDir})
	if len(ancestors)-1 > w.limits.depth {
		return fault("file-limit", name, "", "directories are nested more than %d deep", w.limits.depth)
	}
	names, err := w.tree.list(name)
	if err != nil {
		return err
	}
	for _, base := range names {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if w.seen++; w.seen > w.limits.files {
			return fault("file-limit", name, "", "the source holds more than %d files", w.limits.files)
		}
		if err := w.child(path.Join(name, base), ancestors); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) child(name string, ancestors []fs.FileInfo) error {
	if skippedName(path.Base(name)) {
		return nil
	}
	if !utf8.ValidString(name) { // such a name cannot be opened, nor written into a report
		w.misnamed = append(w.misnamed, fault("file-kind", strings.ToValidUTF8(name, "\uFFFD"), "rename it", "the name %q is not UTF-8", name))
		return nil
	}
	info, err := fs.Lstat(w.tree.fsys, name)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = fs.Stat(w.tree.fsys, name); err != nil {
			return fmt.Errorf("symlink %s leads nowhere inside the source: %w", name, err)
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
		k, err := kindOf(name)
		if err != nil {
			w.misnamed = append(w.misnamed, err)
			return nil
		}
		w.entries = append(w.entries, entry{name: name, info: info, kind: k})
		return nil
	default:
		return fault("file-kind", name, "take it out", "%s is neither a file nor a directory (%s)", name, info.Mode().Type())
	}
}

// list returns the sorted names in a directory.
func (t *tree) list(name string) ([]string, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%s cannot be listed", name), f.Close())
	}
	list, err := d.ReadDir(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names, nil
}

// read returns the content of a regular file of at most limit bytes.
func (t *tree) read(name string, limit int64) ([]byte, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	b, err := readRegular(f, name, limit)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return b, nil
}

func readRegular(f fs.File, name string, limit int64) ([]byte, error) {
	// What was a file a moment ago may be a FIFO now.
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file (%s)", name, info.Mode().Type())
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(b)) > limit {
		return nil, fault("file-limit", name, "", "%s is larger than %d bytes", name, limit)
	}
	return b, nil
}

// kind is what a file means to a bundle.
type kind int

const (
	kindSkip kind = iota
	kindDir
	kindModule
	kindTest // Rego that is held to be a test, and never loaded
	kindData
	kindManifest
	kindArchive
)

// skippedName says whether a file or directory of this name is no part of a
// source, with all that is below it: dot-names, and data for tests.
func skippedName(base string) bool {
	return strings.HasPrefix(base, ".") && base != ".manifest" || base == "testdata"
}

// kindOf tells a file by its name. A name that looks like policy and would not
// be read is an error: a file that someone dropped in must not be ignored.
func kindOf(name string) (kind, error) {
	base := path.Base(name)
	switch base {
	case ".manifest":
		return kindManifest, nil
	case "data.json", "data.yaml", "data.yml":
		return kindData, nil
	}
	lower := strings.ToLower(base)
	switch ext := path.Ext(lower); ext {
	case ".rego":
		if !strings.HasSuffix(base, ".rego") {
			return 0, fault("file-name", name, "write the extension in lower case (.rego)", "the file is not read")
		}
		if strings.HasSuffix(base, "_test.rego") {
			return kindTest, nil
		}
		return kindModule, nil
	case ".json", ".yaml", ".yml":
		return 0, fault("file-name", name, fmt.Sprintf("name it data%s in a directory of its own, or move it to testdata/", ext), "the file is not read as data")
	case ".gz":
		if strings.HasSuffix(base, ".tar.gz") {
			return kindArchive, nil
		}
		return 0, fault("file-name", name, "a bundle archive is named NAME.tar.gz", "the file is not read")
	case ".tgz", ".tar", ".zip":
		return 0, fault("file-name", name, "a bundle archive is a gzipped tar named NAME.tar.gz", "the file is not read")
	default:
		// As Windows names what is saved as text, and what no listing shows.
		if plain := strings.TrimSpace(strings.TrimSuffix(lower, ".txt")); plain != lower && strings.HasSuffix(plain, ".rego") {
			return 0, fault("file-name", name, "let the name end in .rego", "the file is not read")
		}
		return kindSkip, nil
	}
}

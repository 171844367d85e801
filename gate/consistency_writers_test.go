//go:build unix

package gate_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// writer publishes one revision after another in the directory dir, which lies
// in root.
type writer struct {
	name string
	// atomic: a reader sees one revision or the next, whatever the moment.
	atomic bool
	// wholeFiles: so it is for each file alone.
	wholeFiles bool
	// fixedFiles: no file comes or goes.
	fixedFiles bool
	write      func(w *writer, before, r revision) error
	root, dir  string
}

func consistencyWriters() []writer {
	return []writer{
		{name: "in place", write: (*writer).inPlace},
		{name: "rename per file", write: (*writer).renamePerFile, wholeFiles: true},
		{name: "remove and create", write: (*writer).removeAndCreate},
		{name: "symlink swap", write: (*writer).symlinkSwap, atomic: true},
		{name: "archive rename", write: (*writer).archiveRename, atomic: true},
		// A key that is new is linked after the swap: that alone is not atomic.
		{name: "ConfigMap", write: (*writer).configMap, atomic: true, fixedFiles: true},
	}
}

// changed calls write for each file that differs, and removes what is gone.
func (w *writer) changed(before, r revision, write func(path string, n int, content []byte) error) error {
	for part, n := range r {
		path := filepath.Join(w.dir, filepath.FromSlash(partFiles[part]))
		switch {
		case n == before[part]:
		case n == 0:
			if err := os.Remove(path); err != nil {
				return err
			}
		default:
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := write(path, n, []byte(r.file(part))); err != nil {
				return err
			}
		}
	}
	return nil
}

// inPlace writes each file in two halves: over what is there, or after it was
// emptied, as most editors and `cp` do.
func (w *writer) inPlace(before, r revision) error {
	return w.changed(before, r, func(path string, n int, content []byte) error {
		mode := os.O_WRONLY | os.O_CREATE
		if n%3 == 0 {
			mode |= os.O_TRUNC
		}
		return writeHalves(path, mode, content)
	})
}

func writeHalves(path string, mode int, content []byte) (err error) {
	f, err := os.OpenFile(path, mode, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	half := len(content) / 2
	if _, err := f.Write(content[:half]); err != nil {
		return err
	}
	runtime.Gosched()
	if _, err := f.Write(content[half:]); err != nil {
		return err
	}
	return f.Truncate(int64(len(content)))
}

// renamePerFile writes each file beside the old one and renames it into place.
func (w *writer) renamePerFile(before, r revision) error {
	return w.changed(before, r, func(path string, _ int, content []byte) error {
		next := filepath.Join(filepath.Dir(path), ".next")
		return errors.Join(os.WriteFile(next, content, 0o644), os.Rename(next, path))
	})
}

// removeAndCreate takes files away and makes them anew, or the whole directory.
func (w *writer) removeAndCreate(before, r revision) error {
	if slices.Max(r[:])%4 == 1 {
		if err := os.RemoveAll(w.dir); err != nil {
			return err
		}
		return w.changed(revision{}, r, func(path string, _ int, content []byte) error {
			return writeHalves(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, content)
		})
	}
	return w.changed(before, r, func(path string, _ int, content []byte) error {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return writeHalves(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, content)
	})
}

// symlinkSwap writes a directory, lets a symlink lead to it and removes the
// directory that it led to.
func (w *writer) symlinkSwap(_, r revision) error {
	old, err := os.Readlink(w.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next := fmt.Sprintf("revision-%d", slices.Max(r[:]))
	if err := writeFiles(filepath.Join(w.root, next), r.files()); err != nil {
		return err
	}
	if err := swapLink(next, w.dir); err != nil || old == "" {
		return err
	}
	return os.RemoveAll(filepath.Join(w.root, old))
}

// archiveRename renames a bundle into place.
func (w *writer) archiveRename(_, r revision) error {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	tw := tar.NewWriter(zw)
	files := r.files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		hdr := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(files[name])), Mode: 0o644}
		if err := tw.WriteHeader(hdr); err != nil {
			return err
		}
		if _, err := tw.Write([]byte(files[name])); err != nil {
			return err
		}
	}
	next := filepath.Join(w.dir, ".next")
	return errors.Join(tw.Close(), zw.Close(), os.MkdirAll(w.dir, 0o755),
		os.WriteFile(next, packed.Bytes(), 0o644), os.Rename(next, filepath.Join(w.dir, "policy.tar.gz")))
}

// configMap does what the kubelet does in a volume: the files in a directory with
// a name of its own, one symlink to that, which is swapped, and behind it a
// symlink for each name at the top.
func (w *writer) configMap(_, r revision) error {
	dir := w.dir
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		dir += "_new" // a volume is there for others once it is whole
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data := filepath.Join(dir, "..data")
	old, err := os.Readlink(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next := fmt.Sprintf("..2026_01_02_03_04_05.%d", slices.Max(r[:]))
	files := r.files()
	if err := writeFiles(filepath.Join(dir, next), files); err != nil {
		return err
	}
	if err := swapLink(next, data); err != nil {
		return err
	}
	for name := range files {
		top, _, _ := strings.Cut(name, "/")
		if err := os.Symlink("..data/"+top, filepath.Join(dir, top)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if old == "" {
		return os.Rename(dir, w.dir)
	}
	return os.RemoveAll(filepath.Join(dir, old))
}

func writeFiles(dir string, files map[string]string) error {
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// swapLink lets the symlink name lead to target in one step.
func swapLink(target, name string) error {
	next := name + "_tmp"
	return errors.Join(os.Symlink(target, next), os.Rename(next, name))
}

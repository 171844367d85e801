package rego

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/fsnotify/fsnotify"
)

var DecodeResult = decodeResult

// Limits are small limits for a test.
type Limits struct {
	Files, Depth              int
	FileSize, DataSize, Total int64
}

// ReadWithLimits reads a source within limits of the test.
func ReadWithLimits(ctx context.Context, fsys fs.FS, l Limits) error {
	_, _, err := openFS(fsys).snapshot(ctx, limits{
		files: l.Files, depth: l.Depth, fileSize: l.FileSize, dataSize: l.DataSize, total: l.Total,
	})
	return err
}

// ReadFile reads one file of a directory without looking at it first.
func ReadFile(dir, name string) ([]byte, error) {
	t, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	b, err := t.read(name, 1<<20)
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

// WithoutWatches makes the system refuse every watch until the test ends.
func WithoutWatches(t *testing.T) {
	old := newNotify
	t.Cleanup(func() { newNotify = old })
	newNotify = func() (*fsnotify.Watcher, error) { return nil, errors.New("too many open files") }
}

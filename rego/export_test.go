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

// Lint lints a source, whether or not it would load.
func Lint(ctx context.Context, fsys fs.FS, schema []byte) ([]Finding, error) {
	snap, _, err := openFS(fsys).snapshot(ctx, defaultLimits)
	if err != nil {
		return nil, err
	}
	src, errs := parse(snap)
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

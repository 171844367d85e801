package rego_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

const denyGood = `package mcp.policy.a

deny contains "good name" if input.server.name == "good"
`

func storeConfig(dir string) rego.StoreConfig {
	return rego.StoreConfig{
		LoadConfig: rego.LoadConfig{Name: "test", Dir: dir, InputSchema: []byte(schema), Log: quiet},
		Settle:     5 * time.Millisecond,
		Tick:       time.Hour, // the events alone
	}
}

func open(t *testing.T, cfg rego.StoreConfig) *rego.Store {
	t.Helper()
	s, err := rego.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	require.Eventually(t, cond, 10*time.Second, time.Millisecond, what)
}

// denies waits until the store denies a server of this name for its name.
func denies(t *testing.T, s *rego.Store, name string) {
	t.Helper()
	eventually(t, "denies "+name, func() bool {
		r, err := s.Policy().Eval(context.Background(), server(name))
		return err == nil && len(r.Violations) > 0 && r.Violations[0].Msg == name+" name"
	})
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.Rename(from, to))
}

func TestStoreFollows(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string){
		"write": func(t *testing.T, dir string) { write(t, dir, files{"a.rego": denyGood}) },
		"rename into place": func(t *testing.T, dir string) {
			write(t, dir, files{".a.rego.tmp": denyGood})
			rename(t, filepath.Join(dir, ".a.rego.tmp"), filepath.Join(dir, "a.rego"))
		},
		"directory removed and made again": func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(dir))
			write(t, dir, files{"a.rego": denyGood})
		},
		"directory renamed and made again": func(t *testing.T, dir string) {
			rename(t, dir, dir+".old")
			write(t, dir, files{"a.rego": denyGood})
		},
		"file in a directory made at once": func(t *testing.T, dir string) {
			write(t, dir, files{"new/deep/er/a.rego": denyGood})
		},
		"file moved to a sub-directory": func(t *testing.T, dir string) {
			write(t, dir, files{"sub/x.rego": denyGood})
		},
		"archive dropped in": func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "a.rego")))
			f := files{"x.tar.gz": gzipOf(t, sampleTar(t)), "a.rego": strings.ReplaceAll(denyGood, "policy.a", "policy.z")}
			write(t, dir, f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "policy")
			write(t, dir, files{"a.rego": denyBad})
			s := open(t, storeConfig(dir))
			denies(t, s, "bad")
			before := s.Status()
			require.Equal(t, dir, before.Dir)
			require.Equal(t, s.Policy().Revision(), before.Revision)

			change(t, dir)
			if name == "archive dropped in" {
				eventually(t, "policies of the archive", func() bool { return len(s.Policy().Policies()) == 3 })
			} else {
				denies(t, s, "good")
			}
			eventually(t, "status", func() bool { return s.Status().Revision == s.Policy().Revision() })
			require.NotEqual(t, before.Revision, s.Status().Revision)
			require.NoError(t, s.Status().LastError)

			// And the next one is seen as well.
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "x.tar.gz")))
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "new")))
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "sub")))
			write(t, dir, files{"a.rego": strings.ReplaceAll(denyGood, "good", "third")})
			denies(t, s, "third")
		})
	}
}

func TestStoreFollowsSymlink(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"v1/a.rego": denyBad, "v2/a.rego": denyGood})
	current, next := filepath.Join(dir, "current"), filepath.Join(dir, "next")
	require.NoError(t, os.Symlink("v1", current))
	s := open(t, storeConfig(current))
	denies(t, s, "bad")
	require.NoError(t, os.Symlink("v2", next))
	rename(t, next, current)
	denies(t, s, "good")
	write(t, dir, files{"v2/a.rego": denyBad})
	denies(t, s, "bad")
}

// A ConfigMap mount changes by one rename of a symlink with a dot-name.
func TestStoreFollowsConfigMap(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"..1/a.rego": denyBad, "..2/a.rego": denyGood})
	require.NoError(t, os.Symlink("..1", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/a.rego", filepath.Join(dir, "a.rego")))
	s := open(t, storeConfig(dir))
	denies(t, s, "bad")
	require.NoError(t, os.Symlink("..2", filepath.Join(dir, "..data_tmp")))
	rename(t, filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data"))
	denies(t, s, "good")
}

func TestStoreKeepsWhatWorked(t *testing.T) {
	var buf syncBuffer
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	cfg := storeConfig(dir)
	cfg.Log = slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Tick = 5 * time.Millisecond
	s := open(t, cfg)
	first := s.Policy()

	broken := func(want string) {
		t.Helper()
		eventually(t, want, func() bool {
			err := s.Status().LastError
			return err != nil && strings.Contains(err.Error(), want)
		})
		require.Same(t, first, s.Policy())
		require.Equal(t, first.Revision(), s.Status().Revision)
		require.False(t, s.Status().LastErrorTime.IsZero())
	}
	write(t, dir, files{"a.rego": "package mcp.policy.a\n\ndeny := true"})
	broken("a.rego:3: deny is not a set")
	for range 3 {
		at := s.Status().CheckedAt
		eventually(t, "looked again", func() bool { return s.Status().CheckedAt.After(at) })
	}
	// Whole at once: empty, it would be another error beside that of a.rego.
	write(t, dir, files{".b.rego.tmp": "nonsense"})
	rename(t, filepath.Join(dir, ".b.rego.tmp"), filepath.Join(dir, "b.rego"))
	broken("b.rego:1")
	// b.rego last: alone, a.rego is an error that was logged before another.
	require.NoError(t, os.Remove(filepath.Join(dir, "a.rego")))
	require.NoError(t, os.Remove(filepath.Join(dir, "b.rego")))
	broken("no policy loaded")
	require.ErrorIs(t, s.Status().LastError, rego.ErrNoPolicy)
	require.NoError(t, os.RemoveAll(dir))
	broken("no such file")

	write(t, dir, files{"a.rego": denyBad})
	eventually(t, "no error", func() bool { return s.Status().LastError == nil })
	require.Same(t, first, s.Policy(), "equal content is no change")
	write(t, dir, files{"a.rego": denyGood})
	denies(t, s, "good")
	require.Equal(t, 2, strings.Count(buf.String(), "deny is not a set"), "logged once alone, and once with the error of b.rego")
	require.Equal(t, 2, strings.Count(buf.String(), "policy in force\""))
}

func TestStoreSameContentNoSwap(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	s := open(t, storeConfig(dir))
	p, checked := s.Policy(), s.Status().CheckedAt
	write(t, dir, files{"a.rego": denyBad, "README.md": "new"})
	eventually(t, "looked again", func() bool { return s.Status().CheckedAt.After(checked) })
	require.Same(t, p, s.Policy())
}

// Without events, the tick finds the change, also one that keeps size and time.
func TestStoreTick(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	write(t, dir, files{"a.rego": denyBad})
	old := time.Now().Add(-time.Hour)
	path := filepath.Join(dir, "a.rego")
	require.NoError(t, os.Chtimes(path, old, old))
	cfg := storeConfig(dir)
	cfg.Tick = 5 * time.Millisecond
	rego.WithoutWatches(t)
	s := open(t, cfg)
	write(t, dir, files{"a.rego": strings.ReplaceAll(denyBad, "bad", "odd")})
	require.NoError(t, os.Chtimes(path, old, old))
	denies(t, s, "odd")
}

func TestStoreDenyUntilLoaded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	cfg := storeConfig(dir)
	_, err := rego.Open(t.Context(), cfg)
	require.ErrorIs(t, err, os.ErrNotExist)

	cfg.DenyUntilLoaded = true
	s := open(t, cfg)
	require.Equal(t, "test", s.Name())
	r, err := s.Policy().Eval(t.Context(), server("good"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.False(t, r.Allowed)
	require.ErrorIs(t, s.Status().LastError, os.ErrNotExist)
	require.Empty(t, s.Status().Revision)
	require.Empty(t, s.Policy().Policies())

	write(t, dir, files{"a.rego": "nonsense"})
	eventually(t, "the newer error", func() bool {
		_, err := s.Policy().Eval(context.Background(), server("good"))
		return err != nil && !errors.Is(err, os.ErrNotExist)
	})
	write(t, dir, files{"a.rego": denyBad})
	denies(t, s, "bad")
}

func TestStoreStatic(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	cfg := storeConfig(dir)
	cfg.Static = true
	s := open(t, cfg)
	denies(t, s, "bad")

	cfg = storeConfig("")
	cfg.FS = files{"a.rego": denyBad}.fs()
	s = open(t, cfg)
	denies(t, s, "bad")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing twice is fine")
}

func TestStoreClose(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	ctx, cancel := context.WithCancel(t.Context())
	s, err := rego.Open(ctx, storeConfig(dir))
	require.NoError(t, err)
	cancel() // the context of Open ends nothing
	write(t, dir, files{"a.rego": denyGood})
	denies(t, s, "good")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	denies(t, s, "good")
}

// Decisions go on while the policy changes, and see one of the two, whole.
func TestStoreConcurrent(t *testing.T) {
	dir := t.TempDir()
	pair := func(name string) files {
		return files{"a.rego": strings.ReplaceAll(denyBad, "bad", name), "b.rego": strings.ReplaceAll(strings.ReplaceAll(denyBad, "bad", name), "policy.a", "policy.b")}
	}
	publish := func(name string, n int) {
		next := filepath.Join(dir, "next")
		write(t, next, pair(name))
		current := filepath.Join(dir, "current")
		if n > 0 {
			rename(t, current, filepath.Join(dir, "old"))
		}
		rename(t, next, current)
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "old")))
	}
	publish("good", 0)
	s := open(t, storeConfig(filepath.Join(dir, "current")))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				r, err := s.Policy().Eval(t.Context(), server("good"))
				if err != nil || len(r.Violations)%2 != 0 || len(r.Errors) > 0 {
					t.Errorf("%v, error %v", r, err)
				}
			}
		})
	}
	for i := range 6 {
		name := []string{"bad", "good"}[i%2]
		publish(name, i+1)
		denies(t, s, name)
	}
	cancel()
	wg.Wait()
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

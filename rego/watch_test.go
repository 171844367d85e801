package rego_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// named is a policy that denies servers of a name.
func named(name string) string { return strings.ReplaceAll(denyBad, "bad", name) }

func symlink(t *testing.T, target, name string) {
	t.Helper()
	next := name + ".next"
	require.NoError(t, os.Symlink(target, next))
	rename(t, next, name)
}

// Where symlinks lead to a source or stand in it, an event announces each change
// of the links and of what they lead to.
func TestStoreFollowsSymlinks(t *testing.T) {
	for name, tc := range map[string]struct {
		files  files
		links  map[string]string
		source string
		change func(t *testing.T, dir string)
	}{
		"source, renamed into place": {
			files{"v1/a.rego": named("one"), "v2/a.rego": named("two")}, map[string]string{"current": "v1"}, "current",
			func(t *testing.T, dir string) { symlink(t, "v2", filepath.Join(dir, "current")) },
		},
		"source, removed and made": {
			files{"v1/a.rego": named("one"), "v2/a.rego": named("two")}, map[string]string{"current": "v1"}, "current",
			func(t *testing.T, dir string) {
				require.NoError(t, os.Remove(filepath.Join(dir, "current")))
				require.NoError(t, os.Symlink("v2", filepath.Join(dir, "current")))
			},
		},
		"directory above the source": {
			files{"v1/x/policy/a.rego": named("one"), "v2/x/policy/a.rego": named("two")}, map[string]string{"current": "v1"}, "current/x/policy",
			func(t *testing.T, dir string) { symlink(t, "v2", filepath.Join(dir, "current")) },
		},
		"link to a link elsewhere": {
			files{"v1/a.rego": named("one"), "v2/a.rego": named("two")}, map[string]string{"here/current": "../there/next", "there/next": "../v1"}, "here/current",
			func(t *testing.T, dir string) { symlink(t, "../v2", filepath.Join(dir, "there/next")) },
		},
		"absolute link": {
			files{"v1/a.rego": named("one"), "v2/a.rego": named("two")}, map[string]string{"current": "/v1"}, "current",
			func(t *testing.T, dir string) { symlink(t, filepath.Join(dir, "v2"), filepath.Join(dir, "current")) },
		},
		"what a link leads to": {
			files{"v1/x/a.rego": named("one")}, map[string]string{"current": "v1"}, "current",
			func(t *testing.T, dir string) { write(t, dir, files{"v1/x/a.rego": named("two")}) },
		},
		"what a link leads to is replaced": {
			files{"v1/x/a.rego": named("one"), "v2/x/a.rego": named("two")}, map[string]string{"current": "v1"}, "current",
			func(t *testing.T, dir string) {
				rename(t, filepath.Join(dir, "v1"), filepath.Join(dir, "v0"))
				rename(t, filepath.Join(dir, "v2"), filepath.Join(dir, "v1"))
			},
		},
		"file in the source": {
			files{"p/.real/x/a.rego": named("one")}, map[string]string{"p/a.rego": ".real/x/a.rego"}, "p",
			func(t *testing.T, dir string) { write(t, dir, files{"p/.real/x/a.rego": named("two")}) },
		},
		"directory in the source": {
			files{"p/.v1/a.rego": named("one"), "p/.v2/a.rego": named("two")}, map[string]string{"p/sub": ".v1"}, "p",
			func(t *testing.T, dir string) { symlink(t, ".v2", filepath.Join(dir, "p/sub")) },
		},
		"file below a directory in the source": {
			files{"p/.v1/deep/a.rego": named("one")}, map[string]string{"p/sub": ".v1"}, "p",
			func(t *testing.T, dir string) { write(t, dir, files{"p/.v1/deep/a.rego": named("two")}) },
		},
		"hidden link between": {
			files{"p/.d/v1/a.rego": named("one"), "p/.d/v2/a.rego": named("two")}, map[string]string{"p/.d/now": "v1", "p/sub": ".d/now"}, "p",
			func(t *testing.T, dir string) { symlink(t, "v2", filepath.Join(dir, "p/.d/now")) },
		},
		"ConfigMap with directories": {
			files{"p/..1/sub/a.rego": named("one"), "p/..2/sub/a.rego": named("two")}, map[string]string{"p/..data": "..1", "p/sub": "..data/sub"}, "p",
			func(t *testing.T, dir string) { symlink(t, "..2", filepath.Join(dir, "p/..data")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tc.files)
			for name, target := range tc.links {
				if filepath.IsAbs(target) {
					target = filepath.Join(dir, target)
				}
				require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
				require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
			}
			s := open(t, storeConfig(filepath.Join(dir, tc.source)))
			denies(t, s, "one")
			require.NoError(t, s.Status().WatchError)
			tc.change(t, dir)
			denies(t, s, "two")
			eventually(t, "counted", func() bool { return s.Status().ByEvent > 0 })
			require.Zero(t, s.Status().ByTick)
		})
	}
}

// A source that is not there is noticed when it is made, at whatever level.
func TestStoreFollowsWhatIsMade(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, dir string){
		"all levels": func(t *testing.T, dir string) { write(t, dir, files{"x/y/z/a.rego": named("one")}) },
		"one by one": func(t *testing.T, dir string) {
			for _, level := range []string{"x", "x/y", "x/y/z"} {
				require.NoError(t, os.Mkdir(filepath.Join(dir, level), 0o755))
			}
			write(t, dir, files{"x/y/z/a.rego": named("one")})
		},
		"dangling link": func(t *testing.T, dir string) {
			write(t, dir, files{"there/z/a.rego": named("one")})
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "x"), 0o755))
			require.NoError(t, os.Symlink("../later", filepath.Join(dir, "x/y")))
			rename(t, filepath.Join(dir, "there"), filepath.Join(dir, "later"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cfg := storeConfig(filepath.Join(dir, "x/y/z"))
			cfg.DenyUntilLoaded = true
			s := open(t, cfg)
			require.NoError(t, s.Status().WatchError)
			make(t, dir)
			denies(t, s, "one")
			require.Zero(t, s.Status().ByTick)
		})
	}
}

// A directory that is made while watches are added is watched too.
func TestStoreWatchesWhatIsMadeMeanwhile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"sub/b.rego": "package corp\n\nx := 1"})
	once := sync.OnceFunc(func() { write(t, dir, files{"sub/new/a.rego": named("one")}) })
	rego.OnWatch(t, once)
	s := open(t, storeConfig(dir))
	denies(t, s, "one")
	write(t, dir, files{"sub/new/a.rego": named("two")})
	denies(t, s, "two")
	require.Zero(t, s.Status().ByTick)
}

// Status counts what changed, not what happened, and how it was found.
func TestStoreCounts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": named("one")})
	s := open(t, storeConfig(dir))
	first := s.Policy()
	looked := func(what func()) {
		t.Helper()
		at := s.Status().CheckedAt
		what()
		eventually(t, "looked", func() bool { return s.Status().CheckedAt.After(at) })
	}
	counts := func() []uint64 {
		st := s.Status()
		return []uint64{st.ByEvent, st.ByTick, st.Reloads, st.ReloadErrors}
	}
	require.Equal(t, []uint64{0, 0, 0, 0}, counts())
	looked(func() { write(t, dir, files{"a.rego": named("one")}) })
	require.Equal(t, []uint64{0, 0, 0, 0}, counts())
	require.Same(t, first, s.Policy())
	require.NoError(t, s.Status().LastError)

	// Whole at once, so that no half of it counts.
	put := func(content string) {
		write(t, dir, files{".next": content})
		looked(func() { rename(t, filepath.Join(dir, ".next"), filepath.Join(dir, "a.rego")) })
	}
	put(named("two"))
	eventually(t, "a reload", func() bool { return s.Status().Reloads == 1 })
	require.Equal(t, []uint64{1, 0, 1, 0}, counts())
	put("package mcp.policy.a\n\nx :=")
	eventually(t, "an error", func() bool { return s.Status().ReloadErrors == 1 })
	require.Equal(t, []uint64{2, 0, 1, 1}, counts())
	put(named("two"))
	eventually(t, "no error", func() bool { return s.Status().LastError == nil })
	require.Equal(t, []uint64{3, 0, 1, 1}, counts())
	require.Equal(t, []string{"a"}, s.Status().Policies)
}

// Without watches the tick finds the changes, and says so; as soon as there are
// some, events do.
func TestStoreWatchesAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "p")
	write(t, dir, files{"sub/a.rego": named("one")})
	cfg := storeConfig(dir)
	cfg.Tick = 5 * time.Millisecond
	restore := rego.FailWatches(t, errors.New("too many open files"))
	s := open(t, cfg)
	require.ErrorContains(t, s.Status().WatchError, "no watch can be begun")
	require.ErrorContains(t, s.Status().WatchError, "too many open files")
	write(t, dir, files{"sub/a.rego": named("two")})
	denies(t, s, "two")
	eventually(t, "counted", func() bool { return s.Status().ByTick > 0 })
	require.Zero(t, s.Status().ByEvent)
	restore()
	eventually(t, "watched", func() bool { return s.Status().WatchError == nil })
	for i := 0; s.Status().ByEvent == 0; i++ { // now and then the tick is faster
		write(t, dir, files{"sub/a.rego": named(fmt.Sprint("n", i))})
		denies(t, s, fmt.Sprint("n", i))
		eventually(t, "counted", func() bool { return s.Status().ByTick+s.Status().ByEvent > uint64(i+1) })
	}
}

// A watch that ended by itself is begun anew.
func TestStoreWatchEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "p")
	write(t, dir, files{"a.rego": named("one")})
	cfg := storeConfig(dir)
	cfg.Tick = 50 * time.Millisecond
	s := open(t, cfg)
	rego.EndWatch(t, s)
	for i := 0; s.Status().ByEvent == 0; i++ {
		write(t, dir, files{"a.rego": named(fmt.Sprint("n", i))})
		denies(t, s, fmt.Sprint("n", i))
	}
}

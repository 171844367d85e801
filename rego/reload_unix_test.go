//go:build linux || darwin

package rego_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// A symlink in the source leads elsewhere while a file is read, and back before
// the second look: what was read of elsewhere is no part of the source.
func TestReadThroughSwappedSymlink(t *testing.T) {
	for name, f := range map[string]files{
		"file":    {"one/d/a.rego": denyBad, "two/d/a.rego": denyGood},
		"archive": {"one/d/a.tar.gz": archived(t, files{"a.rego": denyBad}), "two/d/a.tar.gz": archived(t, files{"a.rego": denyGood})},
	} {
		t.Run(name, func(t *testing.T) {
			rego.WithoutRacyFiles(t)
			dir := t.TempDir()
			// The directories of the versions have dot-names, as those of a ConfigMap.
			for path, content := range f {
				write(t, dir, files{".." + path: content})
			}
			file := "a.rego"
			if name == "archive" {
				file = "a.tar.gz"
			}
			swap := func(version string) {
				require.NoError(t, os.Symlink(".."+version, filepath.Join(dir, "..tmp")))
				rename(t, filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data"))
			}
			swap("one")
			require.NoError(t, os.Symlink("..data/d/"+file, filepath.Join(dir, file)))
			var swaps int
			err := rego.ReadDirWhile(t.Context(), dir, func(name string) {
				switch {
				case name == file: // before it is read
					swap("two")
				case swaps > 0: // the second walk lists
					swap("one")
				}
				if name == "." {
					swaps++
				}
			})
			require.ErrorContains(t, err, "the files changed while they were read")
		})
	}
}

// A signature that expires is looked at again though no file changed: what it
// signed is confirmed no longer.
func TestStoreSignatureExpires(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		write(t, dir, claimed(files{"a.rego": denyBad}, nil, map[string]any{"exp": time.Now().Add(time.Hour).Unix()}))
		cfg := syncConfig(t, dir)
		cfg.Keys, cfg.MaxAge = keys(t, pemOf(ecKey())), time.Hour
		s := open(t, cfg)
		p := s.Policy()
		time.Sleep(59 * time.Minute)
		require.NoError(t, s.Status().LastError)
		time.Sleep(2 * time.Minute)
		require.ErrorContains(t, s.Status().LastError, "the signature has expired")
		require.Same(t, p, s.Policy(), "as with any change that does not load")
		time.Sleep(time.Hour)
		require.True(t, s.Status().Expired)

		write(t, dir, claimed(files{"a.rego": denyBad}, nil, map[string]any{"exp": time.Now().Add(time.Hour).Unix()}))
		time.Sleep(time.Minute)
		require.NoError(t, s.Status().LastError)
		require.Same(t, p, s.Policy())
	})
}

// An evaluation that does not return is in the status after its policy was
// replaced, and is gone from it once it has returned.
func TestStatusOfReplacedPolicy(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad, "hang.rego": hanging(hangFor)})
	s, err := rego.OpenByHand(t.Context(), storeConfig(dir))
	require.NoError(t, err)
	revision := s.Policy().Revision()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.Policy().Eval(ctx, server("good"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, s.Status().Stuck[0].Replaced)

	write(t, dir, files{"hang.rego": hanging(1)})
	rego.Reload(t.Context(), s)
	runtime.GC()
	stuck := s.Status().Stuck
	require.Len(t, stuck, 1)
	require.Equal(t, "policy hang.regex", stuck[0].What)
	require.Equal(t, revision, stuck[0].Revision)
	require.True(t, stuck[0].Replaced)
	_, err = s.Policy().Eval(t.Context(), server("good"))
	require.NoError(t, err, "the new policy decides")
	require.Eventually(t, func() bool { return len(s.Status().Stuck) == 0 }, time.Minute, 10*time.Millisecond)
}

// A log that panics when the policy has expired ends nothing.
func TestStoreExpiryLogPanics(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		write(t, dir, files{"a.rego": denyBad})
		var h panicHandler
		cfg := syncConfig(t, dir)
		cfg.MaxAge, cfg.Log = time.Hour, slog.New(&h)
		s := open(t, cfg)
		write(t, dir, files{"a.rego": "nonsense"})
		time.Sleep(time.Minute)
		h.panics.Store(true)
		time.Sleep(2 * time.Hour)
		require.True(t, s.Status().Expired)
		h.panics.Store(false)
		write(t, dir, files{"a.rego": strings.ReplaceAll(denyBad, "bad", "odd")})
		time.Sleep(time.Minute)
		require.False(t, eval(t, s.Policy(), "odd").Allowed)
		require.NoError(t, s.Status().LastError)
	})
}

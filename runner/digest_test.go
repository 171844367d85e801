//go:build linux || darwin

package runner_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestDigestIsRememberedUntilTheFileChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server")
	write := func(text string) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
	}
	reads := 0
	later := func() time.Time { return time.Now().Add(time.Hour) } // all changes are long ago
	digest := runner.NewDigester(later, func() { reads++ })
	requireDigest := func(wantReads int, why string) {
		t.Helper()
		sum, err := digest(t.Context(), path)
		require.NoError(t, err)
		require.Equal(t, fileSHA256(t, path), sum, why)
		require.Equal(t, wantReads, reads, why)
	}
	write("one")
	requireDigest(1, "first time")
	requireDigest(1, "unchanged")

	write("longer")
	requireDigest(2, "another size")

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		write("rettel")
		return !sameTime(t, path, info)
	}, 5*time.Second, time.Millisecond)
	require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
	requireDigest(3, "same size and mtime, another ctime")
	requireDigest(3, "unchanged")

	other := filepath.Join(filepath.Dir(path), "other")
	require.NoError(t, os.WriteFile(other, []byte("xxxxxx"), 0o755))
	require.NoError(t, os.Chtimes(other, info.ModTime(), info.ModTime()))
	require.NoError(t, os.Rename(other, path))
	requireDigest(4, "another inode")
}

func sameTime(t *testing.T, path string, before os.FileInfo) bool {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.ModTime().Equal(before.ModTime())
}

// A second change within one step of the file system's clock would not be seen.
func TestDigestOfAFreshFileIsNotRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.WriteFile(path, []byte("one"), 0o755))
	reads := 0
	digest := runner.NewDigester(time.Now, func() { reads++ })
	for want := range 3 {
		_, err := digest(t.Context(), path)
		require.NoError(t, err)
		require.Equal(t, want+1, reads)
	}
}

func TestDigestOfAFileThatChangesMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.WriteFile(path, []byte("0"), 0o755))
	reads, changes := 0, 1
	later := func() time.Time { return time.Now().Add(time.Hour) }
	digest := runner.NewDigester(later, func() {
		reads++
		if reads <= changes {
			require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "%0*d", reads+1, 0), 0o755))
		}
	})
	sum, err := digest(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, fileSHA256(t, path), sum)
	require.Equal(t, 2, reads, "read again after the change")

	require.NoError(t, os.WriteFile(path, []byte("0"), 0o755))
	reads, changes = 0, 100
	_, err = digest(t.Context(), path)
	require.EqualError(t, err, path+": changed while it was read")

	changes, reads = 0, 0
	sum, err = digest(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, fileSHA256(t, path), sum)
	require.Equal(t, 1, reads, "nothing was remembered")
}

func TestDigestsAreBounded(t *testing.T) {
	dir := t.TempDir()
	reads := 0
	later := func() time.Time { return time.Now().Add(time.Hour) }
	digest := runner.NewDigester(later, func() { reads++ })
	const files = runner.MostDigests + 50
	for round := range 2 {
		for i := range files {
			path := filepath.Join(dir, fmt.Sprint(i))
			if round == 0 {
				require.NoError(t, os.WriteFile(path, fmt.Append(nil, i), 0o755))
			}
			_, err := digest(t.Context(), path)
			require.NoError(t, err)
		}
	}
	require.GreaterOrEqual(t, reads, files+50, "files beyond the bound are forgotten")
}

func TestDigestEndsWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.WriteFile(path, make([]byte, 1<<20), 0o755))
	ctx, cancel := context.WithCancel(t.Context())
	digest := runner.NewDigester(time.Now, cancel)
	_, err := digest(ctx, path)
	require.ErrorIs(t, err, context.Canceled)
}

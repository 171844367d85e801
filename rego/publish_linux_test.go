package rego_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// Where there is no room for the archive, nothing of it stays, and what was there
// is as it was.
func TestPublishToAFullDisk(t *testing.T) {
	dir, ok := inNamespace(t)
	if !ok {
		return
	}
	dest := filepath.Join(dir, "dest")
	require.NoError(t, os.Mkdir(dest, 0o755))
	require.NoError(t, unix.Mount("none", dest, "tmpfs", 0, "size=1m,mode=755"))
	small, large := sourceOf(t, files{"a.rego": denyGood}), heavy(t, denyBad, 64<<10)
	first, err := rego.Publish(t.Context(), publishing(small, dest))
	require.NoError(t, err)
	before, err := os.ReadFile(first.File)
	require.NoError(t, err)
	filler := filepath.Join(dest, ".filler")
	times := soak.Times(100)
	for i := range times {
		free := int64(i) * (56 << 10) / int64(times)
		fill(t, filler, free)
		_, err := rego.Publish(t.Context(), publishing(large, dest))
		require.ErrorIs(t, err, unix.ENOSPC, "%d bytes are free", free)
		require.Equal(t, []string{".filler", "p.tar.gz"}, namesIn(t, dest))
		after, err := os.ReadFile(first.File)
		require.NoError(t, err)
		require.Equal(t, before, after)
		p, err := loadDir(t, dest)
		require.NoError(t, err)
		require.Equal(t, first.Revision, p.Revision())
	}
	soak.Report(t, "%d publishes to a full disk of 1 MiB: each an error, with the directory as it was", times)
	require.NoError(t, os.Remove(filler))
	second, err := rego.Publish(t.Context(), publishing(large, dest))
	require.NoError(t, err)
	p, err := loadDir(t, dest)
	require.NoError(t, err)
	require.Equal(t, second.Revision, p.Revision())
}

// fill makes a file that leaves so many bytes of its file system, and a page.
func fill(t *testing.T, name string, free int64) {
	t.Helper()
	require.NoError(t, os.RemoveAll(name))
	f, err := os.Create(name)
	require.NoError(t, err)
	page := make([]byte, 4<<10)
	size := int64(0)
	for err == nil {
		var n int
		n, err = f.Write(page)
		size += int64(n)
	}
	require.ErrorIs(t, err, unix.ENOSPC, fmt.Sprint(size))
	require.NoError(t, f.Truncate(max(0, size-free)))
	require.NoError(t, f.Close())
}

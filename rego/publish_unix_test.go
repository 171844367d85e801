//go:build unix

package rego_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// Publishes at the same time come one after another, each with its check.
func TestPublishAtTheSameTime(t *testing.T) {
	dest := t.TempDir()
	const n = 6
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		// All of one roots: whoever is first wins.
		src := sourceOf(t, files{"a.rego": denyBad, "data.json": fmt.Sprintf(`{"n": %d}`, i)})
		wg.Go(func() {
			cfg := publishing(src, dest)
			cfg.Archive = fmt.Sprintf("p%d", i)
			_, errs[i] = rego.Publish(context.Background(), cfg)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorContains(t, err, "policy a is in bundle")
	}
	require.Equal(t, 1, won)
	require.Len(t, namesIn(t, dest), 1)
	_, err := loadDir(t, dest)
	require.NoError(t, err)
}

// heavy is a source that no compression makes small.
func heavy(t *testing.T, module string, size int) string {
	t.Helper()
	noise := make([]byte, size)
	_, err := rand.Read(noise)
	require.NoError(t, err)
	return sourceOf(t, files{"a.rego": module, "noise/data.json": fmt.Sprintf(`{"n": "%x"}`, noise)})
}

// revisionAlone is that of a directory with nothing but the archive.
func revisionAlone(t *testing.T, src string) string {
	t.Helper()
	cfg := publishing(src, t.TempDir())
	cfg.DryRun = true
	out, err := rego.Publish(t.Context(), cfg)
	require.NoError(t, err)
	require.Empty(t, namesIn(t, cfg.Dest))
	return out.Revision
}

// A publish that is killed at any moment leaves one of the two revisions, whole.
func TestPublishKilled(t *testing.T) {
	if sources := os.Getenv(childVariable); sources != "" {
		dirs := strings.Split(sources, "|")
		for i := 0; ; i++ { // ends with the process
			if _, err := rego.Publish(context.Background(), publishing(dirs[1+i%2], dirs[0])); err != nil {
				t.Fatalf("child: %v", err)
			}
		}
	}
	dest, one, two := t.TempDir(), heavy(t, denyGood, 1<<15), heavy(t, denyBad, 1<<15)
	revisions := []string{revisionAlone(t, one), revisionAlone(t, two)}
	_, err := rego.Publish(t.Context(), publishing(one, dest))
	require.NoError(t, err)
	temporary := func() int { return len(namesIn(t, dest)) - 1 }

	left, killed, seen := 0, 0, map[string]int{}
	times := soak.Times(100)
	for i := 0; i < times || left == 0 && i < 10*times; i++ {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), childVariable+"="+strings.Join([]string{dest, one, two}, "|"))
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		before, err := os.Stat(filepath.Join(dest, "p.tar.gz"))
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		// First it cleans up and publishes once; then it is killed, every other
		// time while a temporary file is there.
		eventually(t, "a publish", func() bool {
			now, err := os.Stat(filepath.Join(dest, "p.tar.gz"))
			require.NoError(t, err)
			return !os.SameFile(before, now)
		})
		if i%2 == 0 {
			deadline := time.Now().Add(10 * time.Second)
			for temporary() == 0 && time.Now().Before(deadline) {
				continue // a poll that waits comes too late
			}
			<-time.After(time.Duration(mathrand.IntN(1+i%4*200)) * time.Microsecond)
		} else {
			<-time.After(time.Duration(mathrand.IntN(30)) * time.Millisecond)
		}
		require.NoError(t, cmd.Process.Kill())
		err = cmd.Wait()
		require.ErrorContains(t, err, "signal: killed", "%s", out.String())
		killed++
		left += temporary()

		p, err := loadDir(t, dest)
		require.NoError(t, err)
		require.Contains(t, revisions, p.Revision())
		seen[p.Revision()]++
	}
	// The next publish takes away what was left, of whichever child.
	_, err = rego.Publish(t.Context(), publishing(two, dest))
	require.NoError(t, err)
	require.Equal(t, []string{"p.tar.gz"}, namesIn(t, dest))
	p, err := loadDir(t, dest)
	require.NoError(t, err)
	require.Equal(t, revisions[1], p.Revision())
	require.Positive(t, left, "no publish was killed in its middle")
	soak.Report(t, "%d publishes killed, %d with a temporary file left: each left one whole revision (%d and %d times)", killed, left, seen[revisions[0]], seen[revisions[1]])
}

// What killed publishes left is removed, and nothing else.
func TestPublishCleans(t *testing.T) {
	dead := exec.Command("/bin/true")
	require.NoError(t, dead.Run())
	gone, old := dead.Process.Pid, time.Now().Add(-2*time.Hour)
	elsewhere := strings.Repeat("0", 12)
	for name, tc := range map[string]struct {
		name string
		old  bool
		make func(path string) error // nil is a file
		kept bool
	}{
		"dead":             {name: rego.TempName("", gone)},
		"alive":            {name: rego.TempName("", os.Getppid()), kept: true},
		"alive and old":    {name: rego.TempName("", os.Getppid()), old: true},
		"of this process":  {name: rego.TempName("", os.Getpid()), kept: true},
		"other host":       {name: rego.TempName(elsewhere, gone), kept: true},
		"other host, old":  {name: rego.TempName(elsewhere, gone), old: true},
		"another's name":   {name: ".mcp-runner-publish.x", old: true, kept: true},
		"more behind":      {name: rego.TempName("", gone) + ".swp", old: true, kept: true},
		"a directory":      {name: rego.TempName("", gone), make: func(path string) error { return os.Mkdir(path, 0o755) }, kept: true},
		"a link":           {name: rego.TempName("", gone), make: func(path string) error { return os.Symlink("p.tar.gz", path) }, kept: true},
		"a hidden archive": {name: ".p.tar.gz", old: true, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			src, dest := sourceOf(t, files{"a.rego": denyBad}), t.TempDir()
			path := filepath.Join(dest, tc.name)
			if tc.make == nil {
				tc.make = func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) }
			}
			require.NoError(t, tc.make(path))
			if tc.old {
				require.NoError(t, os.Chtimes(path, old, old))
			}
			_, err := rego.Publish(t.Context(), publishing(src, dest))
			require.NoError(t, err)
			want := []string{"p.tar.gz"}
			if tc.kept {
				want = append(want, tc.name)
			}
			require.ElementsMatch(t, want, namesIn(t, dest))
		})
	}
}

// Everybody may read what is published, and its owner alone may write it.
func TestPublishMode(t *testing.T) {
	src, dest := sourceOf(t, files{"a.rego": denyBad}), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dest, "p.tar.gz"), []byte("old"), 0o600))
	require.NoError(t, os.Chmod(filepath.Join(dest, "p.tar.gz"), 0o666))
	out, err := rego.Publish(t.Context(), publishing(src, dest))
	require.NoError(t, err)
	require.Len(t, out.Warnings, 1, "what was there before")
	info, err := os.Stat(out.File)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o022)
	_, err = loadDir(t, dest)
	require.NoError(t, err)
}

// A publish that is told to end leaves nothing, and one that waits for another
// ends, too.
func TestPublishCancelled(t *testing.T) {
	src, dest := sourceOf(t, files{"a.rego": denyBad}), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rego.Publish(ctx, publishing(src, dest))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, namesIn(t, dest))

	rego.LockDir(t, dest)
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = rego.Publish(ctx, publishing(src, dest))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "another publish has not ended")
	require.Empty(t, namesIn(t, dest))
}

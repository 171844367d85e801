//go:build unix

package rego_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// A symlink is swapped while a reader has just opened what it led to, and that is
// removed file by file: what is left of it is never taken for a source.
func TestLoadWhileReplaced(t *testing.T) {
	const policies = 6
	root := t.TempDir()
	content := files{}
	for i := range policies {
		content[fmt.Sprintf("p%d.rego", i)] = strings.ReplaceAll(denyBad, "policy.a", fmt.Sprintf("policy.p%d", i))
	}
	dir := filepath.Join(root, "policy")
	publish := func(n int) {
		next := fmt.Sprintf("v%d", n)
		write(t, filepath.Join(root, next), content)
		require.NoError(t, os.Symlink(next, dir+".tmp"))
		rename(t, dir+".tmp", dir)
	}
	publish(0)
	var done atomic.Bool
	loads := make(chan int)
	go func() { // ends with done
		whole := 0
		for !done.Load() {
			p, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, Log: quiet})
			switch {
			case err != nil && !strings.Contains(err.Error(), "changed while they were read"):
				t.Errorf("load: %v", err)
			case err == nil && len(p.Policies()) != policies:
				t.Errorf("a part of a source was loaded: %v", p.Policies())
			case err == nil:
				whole++
			}
		}
		loads <- whole
	}()
	for n := range soak.Times(2000) {
		publish(n + 1)
		old := filepath.Join(root, fmt.Sprintf("v%d", n))
		for name := range content {
			require.NoError(t, os.Remove(filepath.Join(old, name)))
			for start := time.Now(); time.Since(start) < 500*time.Microsecond; {
			}
		}
		require.NoError(t, os.Remove(old))
	}
	done.Store(true)
	require.Positive(t, <-loads)
}

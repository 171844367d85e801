package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDecisionsFollow sees what is decided while it looks, over rotations.
func TestDecisionsFollow(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "d.jsonl")
	follow := exec.Command(binary, "decisions", "-f", "--allowed", "--decision-log", log)
	follow.Stderr = t.Output()
	stdout, err := follow.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, follow.Start())
	t.Cleanup(func() { stop(t, follow) })
	lines := bufio.NewScanner(stdout)
	for _, name := range []string{"one", "two", "three"} {
		run := exec.Command(binary, "run", "--stdio", "--decision-log", log, "--decision-log-max-size", "1KB", "--name", name, "demo")
		run.Env = append(os.Environ(), "MCP_RUNNER_POLICY=", "XDG_CONFIG_HOME="+t.TempDir())
		out, err := run.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.True(t, lines.Scan(), name)
		require.True(t, strings.Contains(lines.Text(), "allowed  "+name+"  by "), lines.Text())
		require.True(t, lines.Scan(), name)
		require.Contains(t, lines.Text(), "  decision  ")
	}
}

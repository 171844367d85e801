//go:build unix

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

func interrupt(p *os.Process) error { return p.Signal(os.Interrupt) }

// stubbornServer starts a child, as launchers do, notes both process ids, and
// then serves with both ignoring polite signals.
const stubbornServer = `trap '' TERM INT HUP
sleep 600 &
echo $! $$ >"$1.tmp" && mv "$1.tmp" "$1"
"$2" serve-demo
sleep 600
`

// TestNoChildIsLeft ends mcp-runner in each way and looks for what it started.
func TestNoChildIsLeft(t *testing.T) {
	t.Parallel()
	ends := map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "kill -9": syscall.SIGKILL}
	for name, signal := range ends {
		t.Run("http "+name, func(t *testing.T) {
			t.Parallel()
			pids := filepath.Join(t.TempDir(), "pids")
			url, cmd := start(t, "run", "--", "sh", stubbornScript(t), pids, binary)
			session, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
			require.NoError(t, err)
			defer session.Close()
			requireGone(t, cmd, signal, pids)
		})
		t.Run("stdio "+name, func(t *testing.T) {
			t.Parallel()
			pids := filepath.Join(t.TempDir(), "pids")
			cmd := exec.Command(binary, "run", "--stdio", "--", "sh", stubbornScript(t), pids, binary)
			// The client lives on and keeps the pipes open.
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			defer stdin.Close()
			cmd.Stderr = t.Output()
			require.NoError(t, cmd.Start())
			requireGone(t, cmd, signal, pids)
		})
	}
}

func stubbornScript(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "server.sh")
	require.NoError(t, os.WriteFile(file, []byte(stubbornServer), 0o600))
	return file
}

// requireGone sends the signal once the server has noted its process ids, and
// waits until no process of those ids is left.
func requireGone(t *testing.T, cmd *exec.Cmd, signal syscall.Signal, file string) {
	t.Helper()
	var pids []int
	require.Eventually(t, func() bool {
		data, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		for field := range strings.FieldsSeq(string(data)) {
			pid, err := strconv.Atoi(field)
			require.NoError(t, err)
			pids = append(pids, pid)
		}
		return true
	}, 20*time.Second, 20*time.Millisecond)
	require.Len(t, pids, 2)
	require.NoError(t, cmd.Process.Signal(signal))
	require.Eventually(t, func() bool {
		for _, pid := range pids {
			if alive(pid) {
				return false
			}
		}
		return true
	}, 30*time.Second, 20*time.Millisecond, "processes %v are left", pids)
	cmd.Wait() // how it ended is not the question here
}

// alive reports whether the process runs; one that ended and that nobody has
// waited for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		return !strings.Contains(string(stat), ") Z ")
	}
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}

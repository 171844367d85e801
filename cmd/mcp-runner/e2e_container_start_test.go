package main_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/internal/soak"
)

// How long a container takes until it answers the first request, through the
// docker command and through mcp-runner, by turns. The figures are for
// docs/performance.md; what is asserted is a multiple of docker run's time.
func TestContainerStartTime(t *testing.T) {
	image, _ := serverImage(t)
	if soak.Race() {
		t.Skip("the race detector changes what is measured")
	}
	ways := []struct {
		name    string
		command []string
		took    []time.Duration
	}{
		{name: "docker run", command: []string{"docker", "run", "-i", "--rm", "--init", "--network", "none", image}},
		{name: "docker run, hardened", command: []string{
			"docker", "run", "-i", "--rm", "--init", "--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
			"--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run", "--user", "65532:65532", "--memory", "1g", "--memory-swap", "1g", "--cpus", "2", "--pids-limit", "512", image,
		}},
		{name: "mcp-runner run", command: []string{binary, "run", "--stdio", "--permission-profile", "none", image}},
	}
	for range soak.Times(40) {
		for i := range ways {
			ways[i].took = append(ways[i].took, firstAnswer(t, ways[i].command))
		}
	}
	median := func(took []time.Duration) time.Duration {
		slices.Sort(took)
		return took[len(took)/2]
	}
	plain := median(ways[0].took)
	for _, way := range ways {
		soak.Report(t, "%s: first answer after %s, %s more than docker run (median of %d)", way.name,
			median(way.took).Round(time.Millisecond), (median(way.took) - plain).Round(time.Millisecond), len(way.took))
	}
	require.Less(t, median(ways[2].took), 3*plain)
}

// firstAnswer starts a server and returns how long it took to answer initialize.
func firstAnswer(t *testing.T, command []string) time.Duration {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MCP_RUNNER_POLICY=", "DOCKER_HOST="+enginetest.Host(t))
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	started := time.Now()
	require.NoError(t, cmd.Start())
	_, err = io.WriteString(stdin, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"start","version":"1"}}}`+"\n")
	require.NoError(t, err)
	_, err = bufio.NewReader(stdout).ReadString('\n')
	took := time.Since(started)
	require.NoError(t, err)
	require.NoError(t, stdin.Close())
	_ = cmd.Wait() // how a server ends whose input ended is not the subject
	return took
}

package docker_test

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

const ownerImage = "MCP_RUNNER_TEST_OWNER_IMAGE"

// TestOwnerProcess is the owner that TestEngineReap kills: this test binary, run
// once more.
func TestOwnerProcess(t *testing.T) {
	image := os.Getenv(ownerImage)
	if image == "" {
		return // is part of TestEngineReap
	}
	cfg := probeConfig(t, image, "wait")
	cfg.ContainerLabels["test"] = os.Getenv("MCP_RUNNER_TEST_OWNER_LABEL")
	err := runner.New(runner.Options{Containers: probeEngine(t)}).Run(t.Context(), cfg, runner.Stdio{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	require.NoError(t, err)
}

// What an owner that was killed has left is removed at the next start, and what
// belongs to one that lives is not.
func TestEngineReap(t *testing.T) {
	image := probeImage(t, "VOLUME /volume")
	cancel, ended := running(t, probeEngine(t), probeConfig(t, image, "wait"))
	living := containersOf(t, t.Name())
	require.Len(t, living, 1)

	program, err := os.Executable()
	require.NoError(t, err)
	own := exec.Command(program, "-test.run=^TestOwnerProcess$")
	own.Env = append(os.Environ(), ownerImage+"="+image, "MCP_RUNNER_TEST_OWNER_LABEL="+t.Name())
	own.Stderr = os.Stderr
	input, err := own.StdinPipe()
	require.NoError(t, err)
	output, err := own.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, own.Start())
	said := make([]byte, len("here\n"))
	_, err = io.ReadFull(output, said)
	require.NoError(t, err)
	require.Equal(t, "here\n", string(said))
	require.Len(t, containersOf(t, t.Name()), 2)
	require.NoError(t, own.Process.Kill())
	require.ErrorContains(t, own.Wait(), "killed")
	require.ErrorContains(t, input.Close(), "closed")

	// Not this test's label: what is left of it is counted below.
	next := probeConfig(t, image)
	next.ContainerLabels = nil
	var stdout strings.Builder
	require.NoError(t, runner.New(runner.Options{Containers: probeEngine(t)}).Run(t.Context(), next,
		runner.Stdio{Stdin: strings.NewReader("x\n"), Stdout: &stdout}))
	require.Equal(t, "x\n", stdout.String())
	require.Equal(t, living, containersOf(t, t.Name()))
	cancel()
	<-ended
	requireNothingLeft(t)
}

func TestOwnerDead(t *testing.T) {
	me := docker.Self()
	require.True(t, me.Known(), "nothing is known about this process")
	child := exec.Command("sleep", "60")
	require.NoError(t, child.Start())
	alive := me.With(child.Process.Pid)
	require.False(t, alive.Dead())
	require.True(t, alive.OtherStart().Dead())
	require.True(t, alive.OtherBoot().Dead())
	require.False(t, alive.OtherHost().Dead())
	require.False(t, alive.OtherHost().OtherBoot().Dead())
	require.False(t, alive.NoStart().Dead())
	require.NoError(t, child.Process.Kill())
	require.Eventually(t, alive.Dead, eventually, poll) // a zombie is dead
	require.Error(t, child.Wait())
	require.True(t, alive.Dead())
	require.False(t, me.Dead())
}

const (
	eventually = 10 * time.Second
	poll       = 5 * time.Millisecond
)

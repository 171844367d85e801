package main_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// unique is a name that no other test, and no other run of it, has.
func unique(what string) string { return enginetest.Unique(what) }

// serverImage makes an image of the test server and returns its name and ID.
func serverImage(t *testing.T, changes ...string) (name, id string) {
	t.Helper()
	return enginetest.Server(t, changes...)
}

// policyDir is a directory with one policy.
func policyDir(t *testing.T, rego string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "live.rego"), []byte(rego), 0o644))
	return dir
}

// gated is the command line of a server in a container that only the policy judges.
func gated(t *testing.T, policy string, args ...string) []string {
	t.Helper()
	return append([]string{"run", "--no-builtin", "--policy", policyDir(t, policy)}, args...)
}

// session starts the binary with --stdio and connects a client to it.
func session(t *testing.T, args []string, environment ...string) (*mcp.ClientSession, *exec.Cmd) {
	t.Helper()
	cmd := stdioCommand(t, args, environment...)
	s, err := connect(t.Context(), &mcp.CommandTransport{Command: cmd})
	require.NoError(t, err)
	t.Cleanup(func() {
		s.Close() // the test may have ended it
	})
	return s, cmd
}

func stdioCommand(t *testing.T, args []string, environment ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, append([]string{args[0], "--stdio"}, args[1:]...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MCP_RUNNER_POLICY=")
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stderr = t.Output()
	return cmd
}

// ask calls a tool of the test server.
func ask(t *testing.T, s *mcp.ClientSession, tool, of string) (string, error) {
	t.Helper()
	arguments, err := json.Marshal(map[string]string{"of": of})
	require.NoError(t, err)
	return call(t.Context(), s, tool, string(arguments))
}

func tell(t *testing.T, s *mcp.ClientSession, tool, of string) string {
	t.Helper()
	text, err := ask(t, s, tool, of)
	require.NoError(t, err)
	return text
}

// containersOf are all containers for a server of the name, those around it too.
func containersOf(t *testing.T, name string) []container.InspectResponse {
	t.Helper()
	api := enginetest.Client(t)
	list, err := api.ContainerList(t.Context(), client.ContainerListOptions{
		All: true, Filters: client.Filters{}.Add("label", docker.LabelName+"="+name),
	})
	require.NoError(t, err)
	var found []container.InspectResponse
	for _, c := range list.Items {
		inspected, err := api.ContainerInspect(t.Context(), c.ID, client.ContainerInspectOptions{})
		if err != nil { // gone in between
			continue
		}
		found = append(found, inspected.Container)
	}
	return found
}

// serverOf is the container of the only server of the name.
func serverOf(t *testing.T, name string) container.InspectResponse {
	t.Helper()
	var servers []container.InspectResponse
	for _, c := range containersOf(t, name) {
		if c.Config.Labels[docker.LabelRole] == "server" {
			servers = append(servers, c)
		}
	}
	require.Len(t, servers, 1)
	return servers[0]
}

// requireNothingOf waits until the engine has nothing for servers of the name.
func requireNothingOf(t *testing.T, name string) {
	t.Helper()
	api := enginetest.Client(t)
	filters := client.Filters{}.Add("label", docker.LabelName+"="+name)
	require.Eventually(t, func() bool {
		containers, err := api.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: filters})
		require.NoError(t, err)
		networks, err := api.NetworkList(t.Context(), client.NetworkListOptions{Filters: filters})
		require.NoError(t, err)
		return len(containers.Items) == 0 && len(networks.Items) == 0
	}, 20*time.Second, 50*time.Millisecond, "the engine still has containers or networks of %s", name)
}

// command runs the binary to its end.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MCP_RUNNER_POLICY=")
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestContainerOverStdio(t *testing.T) {
	t.Parallel()
	image, id := serverImage(t)
	name := unique("stdio")
	s, cmd := session(t, gated(t, allowPolicy, "--name", name, "--memory", "64m", "--pids-limit", "64", "--cpus", "0.5", image, "--", "an argument", "--privileged"))
	require.Equal(t, "container", s.InitializeResult().ServerInfo.Name)
	require.Equal(t, "/server\nan argument\n--privileged", tell(t, s, "args", ""))
	require.Equal(t, "65532:65532", tell(t, s, "user", ""))
	require.Equal(t, "lo", tell(t, s, "interfaces", ""), "no profile is no network")
	status := tell(t, s, "read", "/proc/self/status")
	require.Regexp(t, `CapBnd:\s0{16}\n`, status)
	require.Regexp(t, `NoNewPrivs:\s1\n`, status)
	_, err := ask(t, s, "write", "/file")
	require.ErrorContains(t, err, "read-only file system")
	tell(t, s, "write", "/tmp/file")

	c := serverOf(t, name)
	require.Equal(t, id, c.Image)
	require.True(t, c.State.Running)
	require.EqualValues(t, 64<<20, c.HostConfig.Memory)
	require.EqualValues(t, 64, *c.HostConfig.PidsLimit)
	require.InDelta(t, 0.5, float64(c.HostConfig.CPUQuota)/float64(c.HostConfig.CPUPeriod), 1e-9)
	require.NotEmpty(t, c.Config.Labels[docker.LabelDecision])

	require.NoError(t, s.Close())
	require.Equal(t, 0, cmd.ProcessState.ExitCode())
	require.Empty(t, containersOf(t, name), "nothing is left once mcp-runner has ended")
}

func TestContainerDenied(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	name := unique("denied")
	for _, flags := range [][]string{{}, {"--permission-profile", "network"}} {
		args := gated(t, denyPolicy, append(flags, "--name", name, image)...)
		_, err := connect(t.Context(), &mcp.CommandTransport{Command: stdioCommand(t, args)})
		require.ErrorContains(t, err, "server creation blocked by policy: live: closed for today")
		require.Empty(t, containersOf(t, name))
		_, stderr, code := command(t, args...)
		require.Equal(t, 3, code)
		require.Contains(t, stderr, "closed for today")
		require.Empty(t, containersOf(t, name))
	}
}

// Each session over HTTP has a container of its own.
func TestContainerOverHTTP(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	for transport, flags := range map[string][]string{
		"stdio":           {image},
		"streamable-http": {"--transport", "streamable-http", "--target-port", "8080", "--permission-profile", "network", image, "--", "http", ":8080"},
	} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			name := unique("http")
			url, cmd := start(t, gated(t, allowPolicy, append([]string{"--name", name}, flags...)...)...)
			require.Empty(t, containersOf(t, name), "no session, no container")
			one, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
			require.NoError(t, err)
			defer one.Close()
			two, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
			require.NoError(t, err)
			require.NotEqual(t, tell(t, one, "hostname", ""), tell(t, two, "hostname", ""))
			require.Len(t, containersOf(t, name), 2)
			require.NoError(t, two.Close())
			require.Eventually(t, func() bool { return len(containersOf(t, name)) == 1 }, 20*time.Second, 50*time.Millisecond)
			require.Equal(t, "65532:65532", tell(t, one, "user", ""), "the other session goes on")
			stop(t, cmd)
			require.Empty(t, containersOf(t, name), "nothing is left once mcp-runner has ended")
		})
	}
}

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// allowList writes a permission profile that lists one host at one port.
func allowList(t *testing.T, host string, port int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.json")
	profile := fmt.Sprintf(`{"network": {"outbound": {"allow_host": [%q], "allow_port": [%d]}}}`, host, port)
	require.NoError(t, os.WriteFile(file, []byte(profile), 0o644))
	return file
}

// TestNoContainerIsLeft ends mcp-runner in each way and looks for what it started.
func TestNoContainerIsLeft(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	for name, flags := range map[string][]string{
		"no network": {}, "a network": {"--permission-profile", "network"}, "listed hosts": {"--permission-profile", allowList(t, "listed.example", 80)},
	} {
		t.Run("Ctrl-C, "+name, func(t *testing.T) {
			t.Parallel()
			server := unique("ends")
			url, cmd := start(t, gated(t, allowPolicy, append(flags, "--name", server, image)...)...)
			s, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
			require.NoError(t, err)
			defer s.Close()
			serverOf(t, server)
			stop(t, cmd)
			requireNothingOf(t, server)
		})
		t.Run("Ctrl-C over stdio, "+name, func(t *testing.T) {
			t.Parallel()
			server := unique("ends")
			s, cmd := session(t, gated(t, allowPolicy, append(flags, "--name", server, image)...))
			tell(t, s, "user", "")
			require.NoError(t, interrupt(cmd.Process))
			requireNothingOf(t, server)
		})
		t.Run("kill, "+name, func(t *testing.T) {
			t.Parallel()
			server := unique("ends")
			s, cmd := session(t, gated(t, allowPolicy, append(flags, "--name", server, image)...))
			tell(t, s, "user", "")
			require.NoError(t, cmd.Process.Kill())
			s.Close() // waits for the process; how it ended is not the question here
			// The end of its input ends this server; what stands around it is removed by
			// the next start, of whatever server.
			next, _ := session(t, gated(t, allowPolicy, "--name", unique("next"), image))
			requireNothingOf(t, server)
			require.NoError(t, next.Close())
		})
	}
}

func TestContainersAreListed(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	name, twice := unique("listed"), unique("twice")
	decisions := filepath.Join(t.TempDir(), "decisions.jsonl")
	s, cmd := session(t, gated(t, allowPolicy, "--decision-log", decisions, "--name", name, "--permission-profile", allowList(t, "listed.example", 80), image))
	tell(t, s, "log", "a line\x1b[2J --token=hunter2hunter2")
	id := serverOf(t, name).ID

	stdout, _, code := command(t, "ps", "-o", "json")
	require.Equal(t, 0, code)
	var listed []struct {
		ID, Name, Image, Reference, Status, Decision string
		Created                                      time.Time
		PID                                          int
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &listed))
	found := 0
	for _, c := range listed {
		if c.Name != name {
			continue
		}
		found++
		require.Equal(t, id, c.ID)
		require.Equal(t, image, c.Reference)
		require.Equal(t, "running", c.Status)
		require.Equal(t, cmd.Process.Pid, c.PID)
		require.WithinDuration(t, time.Now(), c.Created, time.Minute)
		log, err := os.ReadFile(decisions)
		require.NoError(t, err)
		require.Contains(t, string(log), c.Decision)
		require.NotEmpty(t, c.Decision)
	}
	require.Equal(t, 1, found, "the container that keeps it to its hosts is not listed")
	stdout, _, code = command(t, "ps")
	require.Equal(t, 0, code)
	require.Regexp(t, fmt.Sprintf(`(?m)^ID +NAME +IMAGE +STATUS +AGE +PID +DECISION\n(.*\n)*%s +%s +%s +running +.* %d +[0-9a-f-]{13}$`, id[:12], name, regexp.QuoteMeta(image), cmd.Process.Pid), stdout)

	for _, as := range []string{name, id, id[:12]} {
		stdout, _, code = command(t, "logs", as)
		require.Equal(t, 0, code)
		require.Contains(t, stdout, "the server has started\na line[2J")
		require.NotContains(t, stdout, "hunter2")
		require.NotContains(t, stdout, "jsonrpc", "that went to stdout")
	}
	follow := exec.Command(binary, "logs", "-f", name)
	followed, err := follow.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, follow.Start())
	tell(t, s, "log", "another line")

	one, _ := session(t, gated(t, allowPolicy, "--name", twice, image))
	two, _ := session(t, gated(t, allowPolicy, "--name", twice, image))
	_, stderr, code := command(t, "stop", name, twice)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "2 containers have that name")
	for _, c := range containersOf(t, twice) {
		require.Contains(t, stderr, c.ID[:12])
	}
	serverOf(t, name) // none is stopped where one is unclear
	_, stderr, code = command(t, "logs", "no-such-server")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, `server "no-such-server": no container of mcp-runner`)

	stdout, _, code = command(t, "stop", "--time", "2s", name)
	require.Equal(t, 0, code)
	require.Equal(t, "Stopped "+id[:12]+" "+name+"\n", stdout)
	require.Empty(t, containersOf(t, name), "neither it nor what stood around it")
	requireNothingOf(t, name)
	_, err = ask(t, s, "user", "")
	require.Error(t, err)
	all, err := io.ReadAll(followed)
	require.NoError(t, err)
	require.NoError(t, follow.Wait(), "the end of the server is that of its logs")
	require.Contains(t, string(all), "another line\n")
	require.NoError(t, one.Close())
	require.NoError(t, two.Close())
}

// The container of a runner that was killed, and that does not end by itself, is
// listed, and can be stopped.
func TestOrphanIsStopped(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	name := unique("orphan")
	url, cmd := start(t, gated(t, allowPolicy, "--name", name, "--transport", "streamable-http", "--target-port", "8080",
		"--permission-profile", allowList(t, "listed.example", 80), image, "--", "http", ":8080")...)
	s, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
	require.NoError(t, err)
	defer s.Close()
	tell(t, s, "user", "")
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait() // how it ended is not the question here
	require.True(t, serverOf(t, name).State.Running)
	_, stderr, code := command(t, "stop", "--time", "0s", name)
	require.Equal(t, 0, code, stderr)
	require.Empty(t, containersOf(t, name))
	requireNothingOf(t, name)
}

// A container that is none of ours is not touched.
func TestOtherContainersAreNotStopped(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	name := unique("other")
	id := webServer(t, image, name, "none", map[string]string{docker.LabelName: name})
	for _, as := range []string{name, id, id[:12]} {
		for _, verb := range []string{"stop", "logs"} {
			_, stderr, code := command(t, verb, as)
			require.Equal(t, 1, code)
			require.Contains(t, stderr, "no container of mcp-runner")
		}
	}
	require.Len(t, containersOf(t, name), 1)
}

// webServer starts a container that answers HTTP at port 80.
func webServer(t *testing.T, image, alias, on string, labels map[string]string) (id string) {
	t.Helper()
	api := enginetest.Client(t)
	options := client.ContainerCreateOptions{
		Config:     &container.Config{Image: image, Cmd: []string{"web", ":80"}, Labels: labels},
		HostConfig: &container.HostConfig{NetworkMode: container.NetworkMode(on)},
	}
	if on != "none" {
		options.NetworkingConfig = &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{on: {Aliases: []string{alias}}}}
	}
	made, err := api.ContainerCreate(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := api.ContainerRemove(context.WithoutCancel(t.Context()), made.ID, client.ContainerRemoveOptions{Force: true})
		require.NoError(t, err)
	})
	_, err = api.ContainerStart(t.Context(), made.ID, client.ContainerStartOptions{})
	require.NoError(t, err)
	return made.ID
}

// An allow-list lets the listed host through, at the listed port, and nothing else.
func TestContainerReachesListedHosts(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	name := unique("reach")
	s, _ := session(t, gated(t, allowPolicy, "--name", name, "--permission-profile", allowList(t, "listed.example", 80), image))
	api := enginetest.Client(t)
	networks, err := api.NetworkList(t.Context(), client.NetworkListOptions{Filters: client.Filters{}.Add("label", docker.LabelName+"="+name)})
	require.NoError(t, err)
	var outside string
	for _, n := range networks.Items {
		if !n.Internal {
			outside = n.ID
		}
	}
	require.NotEmpty(t, outside, "the way to the outside")
	addresses := map[string]netip.Addr{}
	for _, host := range []string{"listed.example", "other.example", "sub.listed.example"} {
		id := webServer(t, image, host, outside, nil)
		inspected, err := api.ContainerInspect(t.Context(), id, client.ContainerInspectOptions{})
		require.NoError(t, err)
		for _, endpoint := range inspected.Container.NetworkSettings.Networks {
			addresses[host] = endpoint.IPAddress
		}
		require.True(t, addresses[host].IsValid())
	}

	require.EventuallyWithT(t, func(c *assert.CollectT) {
		text, err := ask(t, s, "fetch", "http://listed.example/path")
		assert.NoError(c, err)
		assert.Equal(c, "web listed.example/path", text)
	}, 25*time.Second, 50*time.Millisecond)
	for _, url := range []string{
		"http://other.example/", "http://sub.listed.example/", "http://listed.example:81/",
		"http://" + addresses["listed.example"].String() + "/", "http://" + addresses["other.example"].String() + "/", "http://169.254.169.254/",
	} {
		_, err := ask(t, s, "fetch", url)
		require.Error(t, err, url)
	}
	for _, host := range []string{"listed.example", "other.example"} {
		_, err := ask(t, s, "dial", addresses[host].String()+":80")
		require.Error(t, err, "past the container that keeps it to its hosts")
	}
	_, err = ask(t, s, "resolve", "other.example")
	require.Error(t, err)
}

package docker_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

const labelTest = "io.github.mcp-runner.network-test"

// static builds a program of this module for containers, once.
var static = func() func(t *testing.T, pkg string) string {
	var mu sync.Mutex
	built := map[string]string{}
	return func(t *testing.T, pkg string) string {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if built[pkg] == "" {
			dir, err := os.MkdirTemp("", "mcp-runner-network-test-")
			require.NoError(t, err)
			programs = append(programs, dir)
			out := filepath.Join(dir, "program")
			cmd := exec.CommandContext(t.Context(), "go", "build", "-o", out, pkg)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=-buildvcs=false")
			text, err := cmd.CombinedOutput()
			require.NoError(t, err, string(text))
			built[pkg] = out
		}
		return built[pkg]
	}
}()

// programs are the directories of static.
var programs []string

// prober is a container that tries to reach what it is told.
type prober struct {
	id    string
	conn  client.HijackedResponse
	lines *bufio.Scanner
}

func (p *prober) try(t *testing.T, line string) string {
	t.Helper()
	return p.tryAll(t, line)[line]
}

// tryAll returns what came of each line.
func (p *prober) tryAll(t *testing.T, lines ...string) map[string]string {
	t.Helper()
	require.NoError(t, p.conn.Conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err := io.WriteString(p.conn.Conn, strings.Join(lines, "\n")+"\n")
	require.NoError(t, err)
	got := map[string]string{}
	for range lines {
		require.True(t, p.lines.Scan(), "%v: %v", lines, p.lines.Err())
		line, result, _ := strings.Cut(p.lines.Text(), "\t")
		got[line] = result
	}
	return got
}

type fixture struct {
	api   *client.Client
	image string
	// watched is the test that watch was called for.
	watched string
	log     lockedText
}

// lockedText is a log that is read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{api: enginetest.Client(t)}
	program, err := os.ReadFile(static(t, "./testdata/probe"))
	require.NoError(t, err)
	var rootfs bytes.Buffer
	w := tar.NewWriter(&rootfs)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "probe", Mode: 0o555, Size: int64(len(program)), Typeflag: tar.TypeReg}))
	_, err = w.Write(program)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	name := "mcp-runner-network-test:" + strings.ToLower(strings.NewReplacer("/", "-").Replace(t.Name()))
	f.image = enginetest.Import(t, name, &rootfs, `ENTRYPOINT ["/probe"]`)
	return f
}

func (f *fixture) remove(t *testing.T, id string) {
	t.Helper()
	_, err := f.api.ContainerRemove(context.WithoutCancel(t.Context()), id, client.ContainerRemoveOptions{Force: true})
	if !errdefs.IsNotFound(err) {
		require.NoError(t, err)
	}
}

// target is a container that serves on a network of its own, and that network.
func (f *fixture) target(t *testing.T) (addr netip.Addr, netID string) {
	t.Helper()
	made, err := f.api.NetworkCreate(t.Context(), "mcp-runner-network-test-"+strings.ToLower(t.Name()), client.NetworkCreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := f.api.NetworkRemove(context.WithoutCancel(t.Context()), made.ID, client.NetworkRemoveOptions{})
		require.NoError(t, err)
	})
	c, err := f.api.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config:     &container.Config{Image: f.image, Cmd: []string{"serve"}},
		HostConfig: &container.HostConfig{NetworkMode: container.NetworkMode(made.ID)},
	})
	require.NoError(t, err)
	t.Cleanup(func() { f.remove(t, c.ID) })
	_, err = f.api.ContainerStart(t.Context(), c.ID, client.ContainerStartOptions{})
	require.NoError(t, err)
	found, err := f.api.ContainerInspect(t.Context(), c.ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	for _, n := range found.Container.NetworkSettings.Networks {
		addr = n.IPAddress
	}
	require.True(t, addr.IsValid())
	return addr, made.ID
}

// network makes the network of a server, and a container on it.
func (f *fixture) network(t *testing.T, plan docker.NetworkPlan, command ...string) (*docker.ServerNetwork, *prober) {
	t.Helper()
	f.watch(t)
	plan.Labels = map[string]string{labelTest: t.Name()}
	if plan.Binary == "" && (plan.Mode == runner.NetworkListed || plan.Port != 0) {
		plan.Binary = static(t, "./testdata/egress")
	}
	host, networking := &container.HostConfig{CapDrop: []string{"ALL"}}, &network.NetworkingConfig{}
	n, err := docker.MakeNetwork(t.Context(), docker.New(docker.Options{Log: slog.New(slog.NewTextHandler(&f.log, nil))}), f.api, plan, host, networking)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		require.NoError(t, n.Close(ctx))
		require.NoError(t, n.Close(ctx), "twice")
	})
	c, err := f.api.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config: &container.Config{
			Image: f.image, Cmd: command, Env: n.Env(), User: "65532:65532", ExposedPorts: network.PortSet{network.MustParsePort("8080/tcp"): {}},
			OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true,
		},
		HostConfig: host, NetworkingConfig: networking,
	})
	require.NoError(t, err)
	t.Cleanup(func() { f.remove(t, c.ID) })
	p := &prober{id: c.ID}
	attached, err := f.api.ContainerAttach(t.Context(), c.ID, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true})
	require.NoError(t, err)
	p.conn = attached.HijackedResponse
	t.Cleanup(p.conn.Close)
	r, w := io.Pipe()
	go func() { // ends with the connection
		_, err := stdcopy.StdCopy(w, io.Discard, p.conn.Reader)
		w.CloseWithError(err)
	}()
	p.lines = bufio.NewScanner(r)
	_, err = f.api.ContainerStart(t.Context(), c.ID, client.ContainerStartOptions{})
	require.NoError(t, err)
	return n, p
}

// watch has nothingLeft look when all of the test's networks are closed.
func (f *fixture) watch(t *testing.T) {
	t.Helper()
	if f.watched != t.Name() {
		f.watched = t.Name()
		t.Cleanup(func() { f.nothingLeft(t) })
	}
}

// nothingLeft holds that what had the test's label is gone.
func (f *fixture) nothingLeft(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	label := client.Filters{}.Add("label", labelTest+"="+t.Name())
	containers, err := f.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: label})
	require.NoError(t, err)
	require.Empty(t, containers.Items)
	networks, err := f.api.NetworkList(ctx, client.NetworkListOptions{Filters: label})
	require.NoError(t, err)
	require.Empty(t, networks.Items)
}

func (f *fixture) join(t *testing.T, n *docker.ServerNetwork, netID string) {
	t.Helper()
	_, err := f.api.NetworkConnect(t.Context(), netID, client.NetworkConnectOptions{Container: n.Egress()})
	require.NoError(t, err)
}

package docker_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// twoDirectories makes asked and other, which say in a file which one they are.
func twoDirectories(t *testing.T) (asked, other string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, name := range []string{"asked", "other"} {
		dir := filepath.Join(root, name)
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "which"), []byte(name), 0o644))
	}
	for dir := root; dir != os.TempDir(); dir = filepath.Dir(dir) { // the server is another user
		require.NoError(t, os.Chmod(dir, 0o755))
	}
	return filepath.Join(root, "asked"), filepath.Join(root, "other")
}

// What a container really has is compared with what policy was asked about.
func TestEngineVerifiesMounts(t *testing.T) {
	image := probeImage(t)
	asked, other := twoDirectories(t)
	cfg := probeConfig(t, image)
	cfg.PermissionProfile = &runner.PermissionProfile{Read: []string{asked + ":/data"}}
	cfg, err := runner.Resolve(t.Context(), cfg)
	require.NoError(t, err)
	require.NotZero(t, cfg.Resolved.MountFiles[0])
	bind := func(source, target string, readOnly bool) mount.Mount {
		return mount.Mount{Type: mount.TypeBind, Source: source, Target: target, ReadOnly: readOnly}
	}
	for name, tt := range map[string]struct {
		mounts []mount.Mount
		want   string
	}{
		"as asked":            {[]mount.Mount{bind(asked, "/data", true)}, ""},
		"another directory":   {[]mount.Mount{bind(other, "/data", true)}, "another file or directory at /data than policy was asked about"},
		"writable":            {[]mount.Mount{bind(asked, "/data", false)}, "the container can write to /data"},
		"elsewhere":           {[]mount.Mount{bind(asked, "/data/below", true)}, "nothing is mounted at /data"},
		"one more":            {[]mount.Mount{bind(asked, "/data", true), bind(other, "/more", true)}, "something of the host mounted at /more"},
		"an anonymous volume": {[]mount.Mount{bind(asked, "/data", true), {Type: mount.TypeVolume, Target: "/volume"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := docker.VerifyMounts(startPlain(t, image, tt.mounts), cfg)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
	require.ErrorIs(t, docker.VerifyMounts(1<<22+1, cfg), unix.ENOENT)
}

// startPlain starts a container without the runner, and returns its process.
func startPlain(t *testing.T, image string, mounts []mount.Mount) int {
	t.Helper()
	c := enginetest.Client(t)
	created, err := c.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config:     &container.Config{Image: image, Cmd: []string{"wait"}},
		HostConfig: &container.HostConfig{Mounts: mounts, NetworkMode: "none"},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := c.ContainerRemove(context.WithoutCancel(t.Context()), created.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		require.NoError(t, err)
	})
	_, err = c.ContainerStart(t.Context(), created.ID, client.ContainerStartOptions{})
	require.NoError(t, err)
	got, err := c.ContainerInspect(t.Context(), created.ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	return got.Container.State.Pid
}

// Whatever a path leads to while a container starts, nothing is passed on from one
// that has another directory than policy was asked about.
func TestEngineSwappedMountsDoNotEscape(t *testing.T) {
	image, e := probeImage(t), probeEngine(t)
	asked, other := twoDirectories(t)
	link := filepath.Join(filepath.Dir(asked), "link")
	require.NoError(t, os.Symlink(other, link))
	before := runner.ActivePolicyGate()
	t.Cleanup(func() { runner.RegisterPolicyGate(before) })
	runner.RegisterPolicyGate(pathGate{path: asked})

	wanted, swapsWanted := soak.Times(200), int64(soak.Times(10_000))
	var swaps atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var swapping sync.WaitGroup
	defer swapping.Wait()
	defer stop()
	swapping.Go(func() {
		for ctx.Err() == nil {
			if err := unix.Renameat2(unix.AT_FDCWD, asked, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE); err != nil {
				t.Error(err)
				return
			}
			swaps.Add(1)
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Millisecond): // leaves the engine some of the processor
			}
		}
	})
	starts, torn, refused := 0, 0, 0
	for tries := 0; starts < wanted || swaps.Load() < swapsWanted || torn == 0 && tries < 20*wanted; tries++ {
		cfg := probeConfig(t, image, "read", "/data/which")
		cfg.PermissionProfile = &runner.PermissionProfile{Read: []string{asked + ":/data"}}
		var stdout bytes.Buffer
		err := runner.New(runner.Options{Containers: e}).Run(t.Context(), cfg,
			runner.Stdio{Stdin: strings.NewReader(""), Stdout: &stdout})
		require.NotContains(t, stdout.String(), "other", "an escape")
		switch {
		case err == nil:
			require.Equal(t, "asked", stdout.String())
			starts++
		case strings.Contains(err.Error(), "another file or directory at /data"):
			require.Empty(t, stdout.String())
			starts, torn = starts+1, torn+1
		default:
			require.Empty(t, stdout.String(), err.Error())
			refused++
		}
	}
	require.Positive(t, torn, "nothing was ever swapped in time")
	requireNothingLeft(t)
	soak.Report(t, "%d starts of containers with a mount whose path was made a symbolic link and back %d times: %d torn down, %d refused before, 0 escapes",
		starts, swaps.Load(), torn, refused)
}

// pathGate allows the one path.
type pathGate struct {
	runner.NoopPolicyGate
	path string
}

func (g pathGate) CheckCreateServer(_ context.Context, cfg *runner.RunConfig) error {
	if cfg.Resolved.Mounts[0].Resolved != g.path {
		return errors.New("another path")
	}
	return nil
}

package docker_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
)

// A volume can be a path of the host under a name that says nothing of it, and
// policy sees the name.
func TestEngineVolumeOfPath(t *testing.T) {
	image := probeImage(t)
	api := enginetest.Client(t)
	for name, c := range map[string]struct {
		options map[string]string
		want    string
	}{
		"plain":          {nil, ""},
		"memory":         {map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}, ""},
		"memory in name": {map[string]string{"type": "tmpfs", "device": "/", "o": "bind"}, `stands for "/", which policy has not seen: mount the path itself`},
		"path":           {map[string]string{"type": "none", "device": "/", "o": "bind"}, `stands for "/", which policy has not seen: mount the path itself`},
	} {
		t.Run(name, func(t *testing.T) {
			volume := "mcp-runner-test-" + rand.Text()
			_, err := api.VolumeCreate(t.Context(), client.VolumeCreateOptions{Name: volume, DriverOpts: c.options})
			require.NoError(t, err)
			t.Cleanup(func() {
				_, err := api.VolumeRemove(context.WithoutCancel(t.Context()), volume, client.VolumeRemoveOptions{})
				require.NoError(t, err)
			})
			cfg := probeConfig(t, image)
			cfg.Volumes = []string{volume + ":/data"}
			got := runProbe(t, probeEngine(t), cfg, "x\n")
			if c.want != "" {
				require.ErrorContains(t, got.err, c.want)
				require.Empty(t, got.stdout)
				return
			}
			require.NoError(t, got.err)
			require.Equal(t, "x\n", got.stdout)
		})
	}
}

// A directory that the image declares as a volume is in memory as /tmp is, where the
// root is read-only: else it would be one without a bound, of which policy knows
// nothing.
func TestEngineVolumeOfImage(t *testing.T) {
	image := probeImage(t, "VOLUME /declared")
	mounted := func(change func(*runner.RunConfig)) string {
		cfg := probeConfig(t, image, "read", "/proc/self/mountinfo")
		change(cfg)
		got := runProbe(t, probeEngine(t), cfg, "")
		require.NoError(t, got.err)
		found := ""
		for line := range strings.Lines(got.stdout) {
			if fields := strings.Fields(line); fields[4] == "/declared" {
				found = line // the last one is on top
			}
		}
		return found
	}
	require.Regexp(t, ` /declared rw,nosuid,nodev,noexec,.* - tmpfs .*size=65536k`, mounted(func(*runner.RunConfig) {}))
	writable := mounted(func(cfg *runner.RunConfig) { cfg.Container = &runner.ContainerOptions{WritableRoot: true} })
	require.NotEmpty(t, writable)
	require.NotContains(t, writable, "tmpfs")
	asked := mounted(func(cfg *runner.RunConfig) { cfg.Volumes = []string{t.TempDir() + ":/declared:ro"} })
	require.Regexp(t, ` /declared ro,`, asked)
}

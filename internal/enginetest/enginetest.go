// Package enginetest gives tests a real Docker Engine, and images for it.
package enginetest

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
)

// HostVariable names the engine that tests may use, such as unix:///run/docker.sock.
// They make and remove containers, networks and images of their own there.
const HostVariable = "MCP_RUNNER_TEST_DOCKER_HOST"

// Host returns the address of the engine. Without one the test is skipped, and
// fails where CI is set.
func Host(t testing.TB) string {
	t.Helper()
	host := os.Getenv(HostVariable)
	if host == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set: the tests of containers need an engine", HostVariable)
		}
		t.Skipf("%s names no Docker Engine", HostVariable)
	}
	return host
}

// Client returns a client of the engine.
func Client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.New(client.WithHost(Host(t)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// Import makes an image of a tar archive of its root file system, under a name,
// with changes such as `ENTRYPOINT ["/server"]`, and returns its ID. The image is
// removed when the test ends.
func Import(t testing.TB, name string, rootfs io.Reader, changes ...string) string {
	t.Helper()
	c := Client(t)
	done, err := c.ImageImport(t.Context(), client.ImageImportSource{Source: rootfs, SourceName: "-"}, name, client.ImageImportOptions{Changes: changes})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, done)
	require.NoError(t, err)
	require.NoError(t, done.Close())
	t.Cleanup(func() {
		_, err := c.ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{Force: true})
		require.NoError(t, err)
	})
	image, err := c.ImageInspect(t.Context(), name)
	require.NoError(t, err)
	return image.ID
}

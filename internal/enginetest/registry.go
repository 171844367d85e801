package enginetest

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
)

// Registry starts a registry on loopback that ends with the test, and returns its
// HOST:PORT. It is the program docker-registry (of the Debian package with that
// name), or registry. Without one the test is skipped, and fails where CI is set.
func Registry(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		program, err = exec.LookPath("registry")
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("docker-registry is not installed: the tests of pulls need a registry")
		}
		t.Skip("docker-registry is not installed")
	}
	config := filepath.Join(t.TempDir(), "registry.yml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, registryConfig, t.TempDir()), 0o600))
	cmd := exec.Command(program, "serve", config)
	// Whatever the environment says of a registry is about another one.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "OTEL_TRACES_EXPORTER=none"}
	logs, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	listening := make(chan string, 1)
	done := make(chan struct{})
	go func() { // ends with the registry
		defer close(done)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			if m := listeningPattern.FindStringSubmatch(lines.Text()); m != nil {
				listening <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(os.Kill))
		<-done
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
	})
	select {
	case address := <-listening:
		return address
	case <-done:
		t.Fatal("docker-registry ended")
	case <-time.After(10 * time.Second):
		t.Fatal("docker-registry does not listen")
	}
	return ""
}

var listeningPattern = regexp.MustCompile(`listening on (127\.0\.0\.1:[0-9]+)`)

const registryConfig = `version: 0.1
log: {level: info}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
http: {addr: "127.0.0.1:0"}
`

// Image makes an image of a tar archive of its root file system, for Linux on this
// machine's architecture.
func Image(t testing.TB, rootfs io.Reader, config v1.Config) v1.Image {
	t.Helper()
	content, err := io.ReadAll(rootfs)
	require.NoError(t, err)
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil })
	require.NoError(t, err)
	image, err := mutate.AppendLayers(empty.Image, layer)
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
	image, err = mutate.ConfigFile(image, file)
	require.NoError(t, err)
	return image
}

// Push puts an image into a registry, under a reference such as
// 127.0.0.1:5000/server:1, and returns its digest there.
func Push(t testing.TB, ref string, image v1.Image) string {
	t.Helper()
	named, err := name.ParseReference(ref)
	require.NoError(t, err)
	require.NoError(t, remote.Write(named, image, remote.WithContext(t.Context())))
	digest, err := image.Digest()
	require.NoError(t, err)
	return digest.String()
}

// Files are an archive of files, by their paths, for Import and Image.
func Files(t testing.TB, files map[string]string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: path, Mode: 0o755, Size: int64(len(files[path]))}))
		_, err := io.WriteString(w, files[path])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return &b
}

// RemoveImages removes what the engine has of a repository, such as
// 127.0.0.1:5000/server, when the test ends.
func RemoveImages(t testing.TB, repository string) {
	t.Helper()
	c := Client(t)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		images, err := c.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("reference", repository)})
		require.NoError(t, err)
		for _, image := range images.Items {
			_, err := c.ImageRemove(ctx, image.ID, client.ImageRemoveOptions{Force: true})
			require.NoError(t, err)
		}
	})
}

package docker_test

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// testRegistry is a registry in this process, whose answers can be changed.
type testRegistry struct {
	Address string

	mu sync.Mutex
	// before sees each request that has come, and says whether it has answered it.
	before   func(w http.ResponseWriter, r *http.Request) bool
	requests []string
	auths    []string
}

func newRegistry(t testing.TB) *testRegistry {
	t.Helper()
	reg := &testRegistry{}
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reg.mu.Lock()
		reg.requests = append(reg.requests, r.Method+" "+r.URL.Path)
		reg.auths = append(reg.auths, r.Header.Get("Authorization"))
		before := reg.before
		reg.mu.Unlock()
		if before == nil || !before(w, r) {
			images.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	reg.Address = server.Listener.Addr().String()
	return reg
}

// since drops what has been asked so far, and answers through before from now on.
func (r *testRegistry) since(before func(w http.ResponseWriter, r *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before, r.requests, r.auths = before, nil, nil
}

func (r *testRegistry) seen() (requests, auths []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests, r.auths
}

func testImage(t testing.TB, content, user, arch string) v1.Image {
	t.Helper()
	image := enginetest.Image(t, enginetest.Files(t, map[string]string{"file": content}), v1.Config{User: user})
	file, err := image.ConfigFile()
	require.NoError(t, err)
	file = file.DeepCopy()
	file.Architecture = arch
	image, err = mutate.ConfigFile(image, file)
	require.NoError(t, err)
	return image
}

func imageID(t testing.TB, image v1.Image) string {
	t.Helper()
	id, err := image.ConfigName()
	require.NoError(t, err)
	return id.String()
}

func resolve(t testing.TB, e *imageEngine, image string, pull runner.PullPolicy) (*runner.ResolvedImage, error) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	return docker.New(docker.Options{Host: e.Host, Log: quiet}).ResolveImage(t.Context(), imageConfig(image, pull))
}

func TestImageOfARegistry(t *testing.T) {
	noLogins(t)
	e, reg := newImageEngine(t), newRegistry(t)
	image := testImage(t, "1", "1234:5", "amd64")
	digest := enginetest.Push(t, reg.Address+"/acme/x:1", image)
	want := &runner.ResolvedImage{Digest: digest, ID: imageID(t, image), User: "1234:5"}
	for _, ref := range []string{"/acme/x:1", "/acme/x@" + digest, "/acme/x:7@" + digest} {
		for _, pull := range []runner.PullPolicy{runner.PullMissing, runner.PullAlways} {
			reg.since(nil)
			found, err := resolve(t, e, reg.Address+ref, pull)
			require.NoError(t, err)
			require.Equal(t, want, found)
			requests, _ := reg.seen()
			require.Regexp(t, "^HEAD /v2/acme/x/manifests/", requests[1])
		}
	}
	require.NotContains(t, strings.Join(e.Requests(), "\n"), "pull")
}

// With pull always the engine's image counts if it is what the registry has.
func TestPullAlwaysAsksTheRegistry(t *testing.T) {
	noLogins(t)
	e, reg := newImageEngine(t), newRegistry(t)
	repo := reg.Address + "/acme/x"
	e.has(idA, "local", []string{repo + ":1"}, []string{repo + "@" + digest1})
	image := testImage(t, "1", "", "amd64")
	digest := enginetest.Push(t, repo+":1", image)
	found, err := resolve(t, e, repo+":1", runner.PullAlways)
	require.NoError(t, err)
	require.Equal(t, &runner.ResolvedImage{Digest: digest, ID: imageID(t, image)}, found)

	e.has(imageID(t, image), "", nil, []string{repo + "@" + digest})
	found, err = resolve(t, e, repo+":1", runner.PullAlways)
	require.NoError(t, err)
	require.Equal(t, &runner.ResolvedImage{Digest: digest, ID: imageID(t, image), Local: true}, found)
}

func TestImageForTheEnginesPlatform(t *testing.T) {
	noLogins(t)
	e, reg := newImageEngine(t), newRegistry(t)
	index := v1.ImageIndex(empty.Index)
	images := map[string]v1.Image{}
	for _, arch := range []string{"arm64", "amd64"} {
		images[arch] = testImage(t, arch, arch, arch)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: images[arch],
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	named, err := name.ParseReference(reg.Address + "/acme/x:1")
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(named, index))
	digest, err := index.Digest()
	require.NoError(t, err)
	found, err := resolve(t, e, reg.Address+"/acme/x:1", "")
	require.NoError(t, err)
	require.Equal(t, &runner.ResolvedImage{Digest: digest.String(), ID: imageID(t, images["amd64"]), User: "amd64"}, found)
}

func TestRegistryThatCannotBeUsed(t *testing.T) {
	noLogins(t)
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			http.Error(w, "\x1b[31msecret-from-registry", code)
			return true
		}
	}
	e, reg := newImageEngine(t), newRegistry(t)
	digest := enginetest.Push(t, reg.Address+"/acme/x:1", testImage(t, "1", "", "amd64"))
	other := testImage(t, "2", "", "amd64")
	otherDigest := enginetest.Push(t, reg.Address+"/acme/x:2", other)
	manifest, err := other.RawManifest()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		ref    string
		before func(http.ResponseWriter, *http.Request) bool
		want   string
	}{
		"no such tag":    {ref: "/acme/x:9", want: "has no such image: there is no " + reg.Address + "/acme/x:9"},
		"no such digest": {ref: "/acme/x@" + digest1, want: "has no such image"},
		// The digest is there, and in another repository.
		"digest of another repository": {ref: "/acme/y@" + digest, want: "has no such image"},
		"no login":                     {ref: "/acme/x:1", before: status(401), want: "log in with docker login " + reg.Address},
		"forbidden":                    {ref: "/acme/x:1", before: status(403), want: "denies access to " + reg.Address + "/acme/x"},
		"broken":                       {ref: "/acme/x:1", before: status(500), want: "answers with the HTTP status 500"},
		"too many":                     {ref: "/acme/x:1", before: status(429), want: "allows no more requests for now"},
		"HEAD says one digest, GET has another": {ref: "/acme/x:1", before: func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/manifests/") {
				return false
			}
			w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
			w.Header().Set("Docker-Content-Digest", digest)
			_, err := w.Write(manifest)
			return err == nil
		}, want: "does not match requested digest"},
		"another manifest than the digest asked for": {ref: "/acme/x@" + digest, before: func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/manifests/") {
				return false
			}
			w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
			w.Header().Set("Docker-Content-Digest", otherDigest)
			w.Header().Set("Content-Length", strconv.Itoa(len(manifest)))
			_, err := w.Write(manifest)
			return err == nil || r.Method == http.MethodHead
		}, want: "does not match requested digest"},
		"another configuration": {ref: "/acme/x:1", before: func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/blobs/") {
				return false
			}
			_, err := io.WriteString(w, `{"config":{"User":"root"}}`)
			return err == nil
		}, want: "configuration of the image"},
		"plain HTTP elsewhere": {ref: "/acme/x:1", before: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/v2/" {
				return false
			}
			http.Redirect(w, r, "http://registry.invalid/x?sig=secret-from-registry", http.StatusTemporaryRedirect)
			return true
		}, want: "without TLS, which is done on loopback only"},
	} {
		t.Run(name, func(t *testing.T) {
			reg.since(c.before)
			_, err := resolve(t, e, reg.Address+c.ref, "")
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "secret-from-registry")
			require.NotContains(t, err.Error(), "\x1b")
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		_, err := resolve(t, e, "127.0.0.1:1/acme/x:1", "")
		require.ErrorContains(t, err, "the engine does not have it, and registry 127.0.0.1:1 does not answer")
	})
	require.NotContains(t, strings.Join(e.Requests(), "\n"), "pull")
}

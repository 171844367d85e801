package docker_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/registry"
	"github.com/stretchr/testify/require"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
)

// imageEngine is an engine that has images and nothing else.
type imageEngine struct {
	t    testing.TB
	Host string

	mu sync.Mutex
	// images are by each name and ID that they are found under.
	images map[string]image.InspectResponse
	// pulled is called for each pull, and returns what the pull's stream says.
	pulled   func(name, digest string) string
	requests []string
	auths    []registry.AuthConfig
}

func newImageEngine(t testing.TB) *imageEngine {
	t.Helper()
	e := &imageEngine{t: t, images: map[string]image.InspectResponse{}}
	e.Host = e.listen("1.41")
	return e
}

// listen serves the engine with that version of the API on a socket.
func (e *imageEngine) listen(version string) string {
	path := filepath.Join(e.t.TempDir(), "engine.sock")
	listener, err := net.Listen("unix", path)
	require.NoError(e.t, err)
	server := httptest.NewUnstartedServer(e.handler(version))
	require.NoError(e.t, server.Listener.Close())
	server.Listener = listener
	server.Start()
	e.t.Cleanup(server.Close)
	return "unix://" + path
}

func (e *imageEngine) handler(version string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", version) })
	mux.HandleFunc("GET /v"+version+"/version", func(w http.ResponseWriter, _ *http.Request) {
		e.answer(w, map[string]string{"Version": "20.10", "ApiVersion": version, "Os": "linux", "Arch": "amd64"})
	})
	mux.HandleFunc("GET /v"+version+"/images/{name...}", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		name := strings.TrimSuffix(r.PathValue("name"), "/json")
		e.requests = append(e.requests, "inspect "+name)
		found, ok := e.images[name]
		if !ok {
			http.Error(w, `{"message":"no such image"}`, http.StatusNotFound)
			return
		}
		e.answer(w, found)
	})
	mux.HandleFunc("POST /v"+version+"/images/create", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		query := r.URL.Query()
		e.requests = append(e.requests, "pull "+query.Get("fromImage")+" "+query.Get("tag"))
		auth, err := authconfig.Decode(r.Header.Get(registry.AuthHeader))
		if err != nil {
			e.t.Error(err)
		}
		e.auths = append(e.auths, *auth)
		w.Header().Set("Content-Type", "application/json")
		stream := e.pulled(query.Get("fromImage"), query.Get("tag"))
		if _, err := w.Write([]byte(stream)); err != nil {
			e.t.Error(err)
		}
	})
	return mux
}

func (e *imageEngine) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		e.t.Error(err)
	}
}

// has gives the engine an image, with the names it is found under beside its ID.
func (e *imageEngine) has(id, user string, tags, digests []string) {
	found := image.InspectResponse{ID: id, RepoTags: tags, RepoDigests: digests, Config: &dockerspec.DockerOCIImageConfig{}}
	found.Config.User = user
	for _, name := range append(append([]string{id}, tags...), digests...) {
		e.images[name] = found
	}
}

// Requests are those about images, with pulls by name and tag.
func (e *imageEngine) Requests() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests
}

package docker_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

const fakeImageID = "sha256:1111111111111111111111111111111111111111111111111111111111111111"

// fakeDaemon is an engine on a unix socket. It has one image, fake:1; its
// containers give their input back, and end with it. It records every request.
type fakeDaemon struct {
	engine *docker.Engine
	// fail answers a request such as "POST /containers/create" with an error.
	fail string
	// lie changes what is said about a container.
	lie func(*container.InspectResponse)
	// at is called with each request that creates or starts something.
	at func(request string)

	mu         sync.Mutex
	requests   []string // method and path
	created    []byte   // the last body of containers/create
	containers map[string]*fakeContainer
	networks   map[string]bool
}

type fakeContainer struct {
	request struct {
		*container.Config
		HostConfig *container.HostConfig
	}
	mu      sync.Mutex
	conn    net.Conn
	started bool
	ended   chan struct{}
	once    sync.Once
	code    int
}

func (c *fakeContainer) end(code int) {
	c.once.Do(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.code = code
		if c.conn != nil {
			_ = c.conn.Close() // the client may have done so
		}
		close(c.ended)
	})
}

func newFakeDaemon(t *testing.T) *fakeDaemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "d") // short, as a socket's path has to be
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	d := &fakeDaemon{containers: map[string]*fakeContainer{}, networks: map[string]bool{}}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: d}}
	server.Start()
	t.Cleanup(server.Close)
	d.engine = docker.New(docker.Options{Host: "unix://" + socket})
	return d
}

// fakeConfig runs the daemon's image.
func fakeConfig() *runner.RunConfig {
	return &runner.RunConfig{SchemaVersion: runner.CurrentSchemaVersion, Image: "fake:1", Name: "fake"}
}

func (d *fakeDaemon) run(t *testing.T, cfg *runner.RunConfig, stdio runner.Stdio) error {
	t.Helper()
	return runner.New(runner.Options{Containers: d.engine}).Run(t.Context(), cfg, stdio)
}

// asked returns the requests that change something.
func (d *fakeDaemon) asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.requests), func(r string) bool { return !strings.HasPrefix(r, "POST ") })
}

func (d *fakeDaemon) requireNothingLeft(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	require.Empty(t, d.containers)
	require.Empty(t, d.networks)
}

var versionPattern = regexp.MustCompile(`^/v1\.\d+`)

func (d *fakeDaemon) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := versionPattern.ReplaceAllString(req.URL.Path, "")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	generic := req.Method + " " + path
	if len(parts) == 3 && parts[0] == "containers" {
		generic = req.Method + " /containers/ID/" + parts[2]
	}
	d.mu.Lock()
	d.requests = append(d.requests, generic)
	at := d.at
	d.mu.Unlock()
	if req.Method == http.MethodPost && at != nil {
		at(generic)
	}
	if generic == d.fail {
		answerJSON(w, http.StatusInternalServerError, map[string]string{"message": "no " + generic})
		return
	}
	switch {
	case path == "/_ping":
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Ostype", "linux")
	case path == "/version":
		answerJSON(w, http.StatusOK, map[string]string{"Os": "linux", "Arch": "amd64", "ApiVersion": "1.41"})
	case req.Method == http.MethodGet && parts[0] == "images" && strings.Contains(path, "fake:1") || strings.Contains(path, fakeImageID):
		answerJSON(w, http.StatusOK, map[string]any{"Id": fakeImageID, "RepoTags": []string{"fake:1"}, "Os": "linux", "Architecture": "amd64"})
	case req.Method == http.MethodGet && parts[0] == "volumes" && len(parts) == 2:
		answerJSON(w, http.StatusOK, map[string]string{"Name": parts[1], "Driver": "local"})
	case generic == "GET /containers/json" || generic == "GET /networks":
		answerJSON(w, http.StatusOK, []any{})
	case generic == "POST /networks/create":
		var asked struct{ Name string }
		if err := json.NewDecoder(req.Body).Decode(&asked); err != nil {
			answerJSON(w, http.StatusBadRequest, map[string]string{"message": "not a network"})
			return
		}
		d.mu.Lock()
		d.networks[asked.Name] = true
		d.mu.Unlock()
		answerJSON(w, http.StatusCreated, map[string]string{"Id": "id of " + asked.Name})
	case req.Method == http.MethodDelete && parts[0] == "networks" && len(parts) == 2:
		d.mu.Lock()
		delete(d.networks, strings.TrimPrefix(parts[1], "id of "))
		d.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case generic == "POST /containers/create":
		d.create(w, req)
	case parts[0] == "containers" && len(parts) >= 2:
		d.container(w, req, parts)
	default:
		answerJSON(w, http.StatusNotFound, map[string]string{"message": "no such thing: " + generic})
	}
}

func (d *fakeDaemon) create(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	c := &fakeContainer{ended: make(chan struct{})}
	if err != nil || json.Unmarshal(body, &c.request) != nil {
		answerJSON(w, http.StatusBadRequest, map[string]string{"message": "not a container"})
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.created = body
	id := fmt.Sprintf("%064x", len(d.requests))
	d.containers[id] = c
	answerJSON(w, http.StatusCreated, map[string]string{"Id": id})
}

func (d *fakeDaemon) container(w http.ResponseWriter, req *http.Request, parts []string) {
	id := parts[1]
	d.mu.Lock()
	c := d.containers[id]
	if req.Method == http.MethodDelete {
		delete(d.containers, id)
	}
	d.mu.Unlock()
	if c == nil {
		answerJSON(w, http.StatusNotFound, map[string]string{"message": "no such container: " + id})
		return
	}
	switch action := parts[len(parts)-1]; {
	case req.Method == http.MethodDelete:
		c.end(137)
		w.WriteHeader(http.StatusNoContent)
	case action == "json":
		answerJSON(w, http.StatusOK, d.inspect(id, c))
	case action == "attach":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return // the client has gone away
		}
		c.mu.Lock()
		c.conn = conn // before the answer, after which the client may ask for the start
		c.mu.Unlock()
		if _, err := io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"); err != nil {
			return // the client has gone away
		}
	case action == "start":
		c.mu.Lock()
		c.started = true
		if c.conn != nil {
			go c.echo(c.conn) // ends with the connection
		}
		c.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case action == "wait":
		select {
		case <-c.ended:
		case <-req.Context().Done():
			return
		}
		answerJSON(w, http.StatusOK, map[string]int{"StatusCode": c.code})
	case action == "kill":
		c.end(map[string]int{"SIGTERM": 143, "SIGKILL": 137}[req.URL.Query().Get("signal")])
		w.WriteHeader(http.StatusNoContent)
	}
}

// inspect says that c is as it was asked for.
func (d *fakeDaemon) inspect(id string, c *fakeContainer) container.InspectResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := container.InspectResponse{ID: id, Image: c.request.Image, State: &container.State{Running: c.started, Pid: os.Getpid()}}
	config, host := *c.request.Config, *c.request.HostConfig
	got.Config, got.HostConfig = &config, &host
	for _, m := range host.Mounts {
		got.Mounts = append(got.Mounts, container.MountPoint{Type: m.Type, Name: m.Source, Source: m.Source, Destination: m.Target, RW: !m.ReadOnly})
	}
	if d.lie != nil {
		d.lie(&got)
	}
	return got
}

// echo gives each line back on the standard output.
func (c *fakeContainer) echo(conn net.Conn) {
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			c.end(0)
			return
		}
		header := [8]byte{1}
		binary.BigEndian.PutUint32(header[4:], uint32(len(line)))
		if _, err := conn.Write(append(header[:], line...)); err != nil {
			c.end(141)
			return
		}
	}
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone away
}

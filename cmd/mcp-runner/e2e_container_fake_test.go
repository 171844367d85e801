//go:build unix

package main_test

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

// fakeDaemon is an engine that has one image, refuses to make anything, and
// remembers what it was asked.
type fakeDaemon struct {
	mu       sync.Mutex
	requests []string
}

const fakeImageID = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1"

func (d *fakeDaemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/") // without the version
	if !strings.HasPrefix(r.URL.Path, "/v1.") {
		path = strings.TrimPrefix(r.URL.Path, "/")
	}
	d.mu.Lock()
	d.requests = append(d.requests, r.Method+" "+path)
	d.mu.Unlock()
	w.Header().Set("API-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	var answer any
	switch {
	case path == "_ping":
		answer = "OK"
	case path == "version":
		answer = map[string]string{"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10.0", "Os": "linux", "Arch": "amd64"}
	case path == "info":
		answer = map[string]string{"OSType": "linux", "Architecture": "x86_64", "ID": "fake"}
	case r.Method == http.MethodGet && (path == "containers/json" || path == "networks" || path == "images/json"):
		answer = []string{}
	case r.Method == http.MethodGet && strings.HasSuffix(path, "/e2e-fake:1/json"), r.Method == http.MethodGet && path == "images/"+fakeImageID+"/json":
		answer = map[string]any{"Id": fakeImageID, "RepoTags": []string{"e2e-fake:1"}, "Os": "linux", "Architecture": "amd64", "Config": map[string]any{}}
	default:
		w.WriteHeader(http.StatusInternalServerError)
		answer = map[string]string{"message": "this engine makes nothing"}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		log.Print(err)
	}
}

// changes are the requests that could have changed something.
func (d *fakeDaemon) changes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []string
	for _, r := range d.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			found = append(found, r)
		}
	}
	return found
}

// TestDeniedContainerAsksNothingOfTheEngine looks at every request: where policy
// does not allow, none creates or pulls.
func TestDeniedContainerAsksNothingOfTheEngine(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "e2e") // a socket's path is short
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	socket := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", socket)
	require.NoError(t, err)
	var daemon fakeDaemon
	server := &http.Server{Handler: &daemon}
	go server.Serve(ln) // ends in Close
	t.Cleanup(func() { require.NoError(t, server.Close()) })

	broken := "package mcp.policy.live\n\ndeny contains \"m\" if to_number(input.server.image.id) == 1\n"
	for name, policy := range map[string]string{"denied": denyPolicy, "undecided": broken} {
		for _, flags := range [][]string{{}, {"--permission-profile", "network"}, {"--pull", "never", "--secret", "K,target=K"}} {
			args := gated(t, policy, append(flags, "e2e-fake:1")...)
			_, err := connect(t.Context(), &mcp.CommandTransport{Command: stdioCommand(t, args, "DOCKER_HOST=unix://"+socket)})
			require.ErrorContains(t, err, "server creation blocked by policy", name)
		}
	}
	require.NotEmpty(t, daemon.requests, "it was asked for the image")
	require.Empty(t, daemon.changes())

	// The same server, allowed, is asked for: the test sees what it looks for.
	args := gated(t, allowPolicy, "e2e-fake:1")
	_, err = connect(t.Context(), &mcp.CommandTransport{Command: stdioCommand(t, args, "DOCKER_HOST=unix://"+socket)})
	require.ErrorContains(t, err, "this engine makes nothing")
	require.Contains(t, daemon.changes(), "POST containers/create")
}

//go:build unix

package e2e_test

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

	"github.com/stretchr/testify/require"
)

// daemon is a container engine that has every image, makes none of them run, and
// remembers what it was asked.
type daemon struct {
	socket string

	mu       sync.Mutex
	requests []string
}

const imageID = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1"

func newDaemon(t *testing.T) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "d") // a socket's path is short
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	d := &daemon{socket: filepath.Join(dir, "s")}
	l, err := net.Listen("unix", d.socket)
	require.NoError(t, err)
	server := &http.Server{Handler: d}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }() // ends in Close
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	})
	return d
}

func (d *daemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if strings.HasPrefix(path, "v1.") {
		_, path, _ = strings.Cut(path, "/")
	}
	d.mu.Lock()
	d.requests = append(d.requests, r.Method+" "+path)
	d.mu.Unlock()
	w.Header().Set("API-Version", "1.47")
	w.Header().Set("Content-Type", "application/json")
	var answer any
	switch {
	case path == "_ping":
		answer = "OK"
	case path == "version":
		answer = map[string]string{"ApiVersion": "1.47", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64"}
	case path == "info":
		answer = map[string]string{"OSType": "linux", "Architecture": "x86_64", "ID": "fake"}
	case r.Method == http.MethodGet && path == "images/json":
		answer = []map[string]any{{"Id": imageID}}
	case r.Method == http.MethodGet && (path == "containers/json" || path == "networks"):
		answer = []string{}
	case r.Method == http.MethodGet && strings.HasPrefix(path, "images/") && strings.HasSuffix(path, "/json"):
		answer = map[string]any{"Id": imageID, "Os": "linux", "Architecture": "amd64", "Config": map[string]any{}}
	case r.Method == http.MethodPost && path == "networks/create":
		w.WriteHeader(http.StatusCreated)
		answer = map[string]string{"Id": "outside"}
	default:
		w.WriteHeader(http.StatusInternalServerError)
		answer = map[string]string{"message": "this engine makes nothing"}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		log.Print(err)
	}
}

// changes are the requests that could have changed something since the last call.
func (d *daemon) changes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []string
	for _, r := range d.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			found = append(found, r)
		}
	}
	d.requests = nil
	return found
}

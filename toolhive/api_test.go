package toolhive_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/stacklok/toolhive/pkg/api/v1"
	"github.com/stacklok/toolhive/pkg/config"
	"github.com/stacklok/toolhive/pkg/core"
	"github.com/stacklok/toolhive/pkg/groups"
	"github.com/stacklok/toolhive/pkg/registry"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/workloads"
	"github.com/stretchr/testify/require"
)

// startedWorkloads are what the API's workload routes start. Whatever else they
// call is a nil method, which panics.
type startedWorkloads struct {
	workloads.Manager

	names   []string
	updated []string
}

func (*startedWorkloads) DoesWorkloadExist(context.Context, string) (bool, error) { return false, nil }

func (*startedWorkloads) GetWorkload(_ context.Context, name string) (core.Workload, error) {
	return core.Workload{Name: name}, nil
}

func (s *startedWorkloads) RunWorkloadDetached(_ context.Context, cfg *thv.RunConfig) error {
	s.names = append(s.names, cfg.Name)
	return nil
}

func (s *startedWorkloads) UpdateWorkload(_ context.Context, name string, _ *thv.RunConfig) (workloads.CompletionFunc, error) {
	s.updated = append(s.updated, name)
	return func() error { return nil }, nil
}

type everyGroup struct{ groups.Manager }

func (everyGroup) Exists(context.Context, string) (bool, error) { return true, nil }

// ownRegistry keeps ToolHive from asking the network for what servers there are.
func ownRegistry(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "registry.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"data": {"servers": [{"name": "io.example.search"}]}}`), 0o600))
	_, err := registry.NewConfigurator().SetRegistryFromInput(file, false)
	require.NoError(t, err)
	registry.ResetDefaultProvider()
	t.Cleanup(registry.ResetDefaultProvider)
	return file
}

const anImage = `"image": "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000007", "transport": "stdio"`

func TestWorkloadsOfTheAPI(t *testing.T) {
	for name, tc := range map[string]struct {
		path, body string
		status     int
		want       string
		started    []string
		updated    []string
	}{
		"denied remote server": {
			path: "/", body: `{"name": "evil", "url": "https://mcp.example.com/mcp"}`, status: http.StatusForbidden,
			want: "server creation blocked by policy: evil: server evil is not approved",
		},
		"denied image": {
			path: "/", body: `{"name": "evil", ` + anImage + `}`, status: http.StatusForbidden,
			want: "server creation blocked by policy: evil: server evil is not approved",
		},
		"allowed": {
			path: "/", body: `{"name": "demo", "url": "https://mcp.example.com/mcp"}`, status: http.StatusCreated,
			want: `"name":"demo"`, started: []string{"demo"},
		},
		"edit to a denied image": {
			path: "/evil/edit", body: `{` + anImage + `}`, status: http.StatusForbidden,
			want: "server creation blocked by policy: evil: server evil is not approved",
		},
		// ToolHive does not ask here: it takes the old workload away, and its worker
		// is denied. docs/toolhive.md says so.
		"edit to a denied URL": {
			path: "/evil/edit", body: `{"url": "https://mcp.example.com/mcp"}`, status: http.StatusOK,
			want: `"name":"evil"`, updated: []string{"evil"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := home(t)
			ownRegistry(t, dir)
			judged(t, evil)
			started := &startedWorkloads{}
			router := v1.WorkloadRouter(started, nil, everyGroup{}, false)
			w := httptest.NewRecorder()
			router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, tc.path, strings.NewReader(tc.body)))
			require.Equal(t, tc.status, w.Code, w.Body)
			require.Contains(t, w.Body.String(), tc.want)
			require.Equal(t, tc.started, started.names)
			require.Equal(t, tc.updated, started.updated)
			saved, err := filepath.Glob(filepath.Join(dir, "STATE", "toolhive", "runconfigs", "*.json"))
			require.NoError(t, err)
			require.Len(t, saved, len(tc.started), "what is denied is not saved")
		})
	}
}

func TestRegistriesOfTheAPI(t *testing.T) {
	for name, tc := range map[string]struct {
		method, name, body string
		status             int
		want               string
		kept               bool
	}{
		"update denied": {
			method: http.MethodPut, name: "default", body: `{"url": "https://evil.example/registry.json"}`, status: http.StatusForbidden,
			want: "evil: this registry is not approved", kept: true,
		},
		"update allowed": {method: http.MethodPut, name: "default", body: `{}`, status: http.StatusOK, want: "default"},
		"delete denied": {
			method: http.MethodDelete, name: "default", status: http.StatusForbidden, want: "evil: the registry is the company's", kept: true,
		},
		// Nothing but the default is ever there to be deleted.
		"delete allowed": {method: http.MethodDelete, name: "mine", status: http.StatusNotFound, want: "Registry not found", kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			file := ownRegistry(t, home(t))
			_, k := judged(t, evil)
			w := httptest.NewRecorder()
			v1.RegistryRouter(false).ServeHTTP(w,
				httptest.NewRequestWithContext(t.Context(), tc.method, "/"+tc.name, strings.NewReader(tc.body)))
			require.Equal(t, tc.status, w.Code, w.Body)
			require.Contains(t, w.Body.String(), tc.want)
			require.Len(t, k.all(), 1)
			path := config.NewDefaultProvider().GetConfig().LocalRegistryPath
			require.Equal(t, tc.kept, path == file, "the registry is %q", path)
		})
	}
}

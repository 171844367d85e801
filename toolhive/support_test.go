package toolhive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/adrg/xdg"
	"github.com/stacklok/toolhive-core/httperr"
	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/registry"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/toolhive"
)

// evil denies the server "evil", the registries of evil.example, and to delete one.
const evil = `package mcp.policy.evil

deny contains {"msg": "server evil is not approved", "path": "/server/name"} if input.server.name == "evil"

deny contains "this registry is not approved" if {
	input.operation == "update_registry"
	contains(input.registry.url, "evil.example")
}

deny contains "the registry is the company's" if {
	input.operation == "delete_registry"
	input.registry.name != "mine"
}
`

// kept is a recorder that keeps the decisions.
type kept struct {
	mu        sync.Mutex
	decisions []*gate.Decision
	err       error
}

func (k *kept) Record(_ context.Context, d *gate.Decision) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.decisions = append(k.decisions, d)
	return k.err
}

func (k *kept) all() []*gate.Decision {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.decisions
}

// judged returns a policy of one source in memory, which ToolHive asks until the
// test ends.
func judged(t *testing.T, module string) (*toolhive.Policy, *kept) {
	t.Helper()
	store, err := rego.Open(t.Context(), rego.StoreConfig{
		LoadConfig: rego.LoadConfig{
			Name: "test", FS: fstest.MapFS{"p.rego": {Data: []byte(module)}},
			InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler),
		},
		Static: true,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	k := &kept{}
	g, err := gate.New(gate.Config{Deadline: time.Minute, Stores: []*rego.Store{store}, Recorder: k})
	require.NoError(t, err)
	p := toolhive.New(g)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	registered(t, p)
	return p, k
}

// registered makes ToolHive ask p until the test ends.
func registered(t *testing.T, p *toolhive.Policy) {
	servers, registries := thv.ActivePolicyGate(), registry.ActivePolicyGate()
	t.Cleanup(func() { thv.RegisterPolicyGate(servers); registry.RegisterPolicyGate(registries) })
	p.Register()
}

// home gives ToolHive directories of the test's own.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	for _, name := range []string{"CONFIG", "DATA", "STATE", "CACHE"} {
		t.Setenv("XDG_"+name+"_HOME", filepath.Join(dir, name))
	}
	t.Setenv("TOOLHIVE_RUNTIME", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Cleanup(xdg.Reload)
	xdg.Reload()
	return dir
}

// variables are an environment that can change while it is read.
type variables struct {
	mu    sync.Mutex
	set   map[string]string
	reads map[string]int
}

// environment is one with a policy directory that holds module, and nothing of the
// user who runs the test.
func environment(t *testing.T, module string) *variables {
	t.Helper()
	dir := t.TempDir()
	policies := filepath.Join(dir, "policy")
	require.NoError(t, os.Mkdir(policies, 0o755))
	writePolicy(t, policies, module)
	return &variables{reads: map[string]int{}, set: map[string]string{
		"HOME":              dir,
		"XDG_STATE_HOME":    filepath.Join(dir, "state"),
		gate.PolicyVariable: policies,
	}}
}

func writePolicy(t *testing.T, dir, module string) {
	t.Helper()
	next := filepath.Join(t.TempDir(), "p.rego")
	require.NoError(t, os.WriteFile(next, []byte(module), 0o644))
	require.NoError(t, os.Rename(next, filepath.Join(dir, "p.rego")))
}

func (v *variables) lookup(name string) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reads[name]++
	value, ok := v.set[name]
	return value, ok
}

func (v *variables) put(values map[string]string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.Copy(v.set, values)
}

func (v *variables) drop(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.set, name)
}

// opened is how often the sources were looked up.
func (v *variables) opened() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.reads[gate.PolicyVariable]
}

func (v *variables) options() toolhive.Options {
	return toolhive.Options{LookupEnv: v.lookup, Log: slog.New(slog.DiscardHandler)}
}

func (v *variables) policy(t *testing.T) *toolhive.Policy {
	t.Helper()
	p := toolhive.FromEnvironment(v.options())
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// records are what the decision log holds.
func (v *variables) records(t *testing.T) []*gate.Record {
	t.Helper()
	path, _ := v.lookup(gate.DecisionLogVariable)
	if path == "" {
		state, _ := v.lookup("XDG_STATE_HOME")
		path = filepath.Join(state, "mcp-runner", "decisions.jsonl")
	}
	return recordsIn(t, path)
}

func server(name string) *thv.RunConfig {
	cfg := thv.NewRunConfig()
	cfg.Name, cfg.BaseName, cfg.ContainerName = name, name, name
	cfg.Image = "ghcr.io/acme/search@sha256:" + fmt.Sprintf("%064d", 7)
	cfg.Transport, cfg.Host, cfg.Port = "stdio", "127.0.0.1", 8080
	cfg.PermissionProfile = permissions.BuiltinNoneProfile()
	return cfg
}

// requireForbidden demands what ToolHive's API answers with status 403, also
// where ToolHive has put its own words before it.
func requireForbidden(t *testing.T, err error, text string) {
	t.Helper()
	require.ErrorContains(t, err, text)
	require.Equal(t, http.StatusForbidden, httperr.Code(err))
	require.Equal(t, http.StatusForbidden, httperr.Code(fmt.Errorf("server creation blocked by policy: %w", err)))
}

func requireDenied(t *testing.T, err error, text string) {
	t.Helper()
	requireForbidden(t, err, text)
	var denied *gate.DeniedError
	require.ErrorAs(t, fmt.Errorf("server creation blocked by policy: %w", err), &denied)
	require.NotErrorIs(t, err, gate.ErrUndecided)
}

func requireUndecided(t *testing.T, err error, text string) {
	t.Helper()
	requireForbidden(t, err, text)
	require.ErrorIs(t, fmt.Errorf("server creation blocked by policy: %w", err), gate.ErrUndecided)
	var denied *gate.DeniedError
	require.False(t, errors.As(err, &denied))
}

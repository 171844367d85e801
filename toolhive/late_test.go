package toolhive

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stacklok/toolhive-core/httperr"
	"github.com/stacklok/toolhive/pkg/registry"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// noted keeps what was recorded.
type noted struct {
	mu        sync.Mutex
	decisions []*gate.Decision
}

func (n *noted) Record(_ context.Context, d *gate.Decision) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.decisions = append(n.decisions, d)
	return nil
}

// over is a gate without policies, which denies for that reason.
func over(t *testing.T, r gate.Recorder) *gate.Gate {
	t.Helper()
	g, err := gate.New(gate.Config{Recorder: r, Deadline: time.Minute})
	require.NoError(t, err)
	return g
}

func requireNoVerdict(t *testing.T, err error, text string) {
	t.Helper()
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, text)
	require.Equal(t, http.StatusForbidden, httperr.Code(err))
}

// A mount on a file system that hangs denies in time, and so does what is asked
// until it comes back. All of it is recorded, with the name of the server.
func TestInputThatHangs(t *testing.T) {
	var kept noted
	p := New(over(t, &kept))
	p.inputDeadline = 10 * time.Millisecond
	hangs, returned := make(chan struct{}), make(chan string, 1)
	p.read = func(_ context.Context, cfg *thv.RunConfig) (gate.Input, error) {
		<-hangs
		returned <- cfg.EnvVars["A"]
		return gate.Input{}, nil
	}
	cfg := &thv.RunConfig{Name: "stuck", EnvVars: map[string]string{"A": "asked"}}
	requireNoVerdict(t, p.Servers().CheckCreateServer(t.Context(), cfg), "reading the run config: the deadline of 10ms passed, and it has not returned")
	cfg.EnvVars["A"] = "later"
	requireNoVerdict(t, p.Servers().CheckCreateServer(t.Context(), cfg), "and has not returned")
	_, err := p.Servers().Decide(t.Context(), cfg)
	require.ErrorContains(t, err, "has not returned")
	require.Len(t, kept.decisions, 2)
	require.Equal(t, "stuck", kept.decisions[0].Input.Server.Name)

	close(hangs)
	require.Equal(t, "asked", <-returned, "what is late reads a copy")
	p.inputDeadline = time.Minute
	require.Eventually(t, func() bool {
		p.read = func(context.Context, *thv.RunConfig) (gate.Input, error) { return gate.Input{}, nil }
		d, _ := p.Servers().Decide(t.Context(), cfg)
		return d != nil && d.Errors[0].Msg == rego.ErrNoPolicy.Error()
	}, time.Minute, time.Millisecond)
}

func TestRegistryThatHangs(t *testing.T) {
	var kept noted
	p := New(over(t, &kept))
	p.inputDeadline = 10 * time.Millisecond
	hangs := make(chan struct{})
	defer close(hangs)
	p.registry = func(string, gate.Registry) (gate.Input, error) { <-hangs; return gate.Input{}, nil }
	err := p.Registries().CheckUpdateRegistry(t.Context(), &registry.UpdateRegistryConfig{LocalPath: "/net/registry.json"})
	requireNoVerdict(t, err, "reading the registry: the deadline of 10ms passed")
	require.Equal(t, gate.OperationUpdateRegistry, kept.decisions[0].Input.Operation)
}

// A panic denies, and its value, which could hold anything, is told to nobody.
func TestInputThatPanics(t *testing.T) {
	var kept noted
	p := New(over(t, &kept))
	p.read = func(context.Context, *thv.RunConfig) (gate.Input, error) { panic("hunter2") }
	err := p.Servers().CheckCreateServer(t.Context(), &thv.RunConfig{Name: "srv"})
	requireNoVerdict(t, err, "reading the run config panicked: string")
	require.NotContains(t, err.Error()+toJSON(t, kept.decisions), "hunter2")
}

// Sources that hang deny in time, and are opened once: what they were when they
// came back is in force then.
func TestSourcesThatHang(t *testing.T) {
	var kept noted
	hangs, opened := make(chan struct{}), 0
	p := newPolicy(Options{LookupEnv: func(string) (string, bool) { return "", false }},
		func(context.Context) ([]*rego.Store, error) { opened++; <-hangs; return nil, nil },
		func([]*rego.Store) (*gate.Gate, error) { return over(t, &kept), nil })
	p.load.deadline = 10 * time.Millisecond
	p.read = func(context.Context, *thv.RunConfig) (gate.Input, error) {
		return gate.Input{Operation: "create_server"}, nil
	}
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { errs[i] = p.Servers().CheckCreateServer(t.Context(), &thv.RunConfig{Name: "srv"}) })
	}
	all.Wait()
	for _, err := range errs {
		requireNoVerdict(t, err, "opening the policy began at ")
	}
	require.Len(t, kept.decisions, 8, "there is no policy, and still a record")
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err := p.Gate(gone)
	require.Error(t, err)

	close(hangs)
	require.Eventually(t, func() bool { _, err := p.Gate(t.Context()); return err == nil }, time.Minute, time.Millisecond)
	require.Equal(t, 1, opened)
	require.NoError(t, p.Close())
}

// Nobody waits for sources that hang when the policy is closed.
func TestCloseWhileSourcesHang(t *testing.T) {
	hangs := make(chan struct{})
	p := newPolicy(Options{LookupEnv: func(string) (string, bool) { return "", false }},
		func(context.Context) ([]*rego.Store, error) { <-hangs; return nil, nil },
		func([]*rego.Store) (*gate.Gate, error) { return over(t, &noted{}), nil })
	p.load.deadline = time.Millisecond
	_, err := p.Gate(t.Context())
	require.ErrorContains(t, err, "has not returned")
	require.NoError(t, p.Close())
	_, err = p.Gate(t.Context())
	require.ErrorIs(t, err, errClosed)
	close(hangs)
}

func TestSourcesThatPanic(t *testing.T) {
	p := newPolicy(Options{LookupEnv: func(string) (string, bool) { return "", false }},
		func(context.Context) ([]*rego.Store, error) { panic("hunter2") },
		func([]*rego.Store) (*gate.Gate, error) { return over(t, &noted{}), nil })
	_, err := p.Gate(t.Context())
	require.EqualError(t, err, "opening the policy panicked: string")
}

// What ToolHive does to its run config is not seen in the copy.
func TestClone(t *testing.T) {
	cfg, err := thv.ReadJSON(bytes.NewReader(everythingJSON))
	require.NoError(t, err)
	twin := clone(cfg)
	require.True(t, reflect.DeepEqual(cfg, twin))
	want := toJSON(t, twin)
	cfg.EnvVars["NEW"] = "x"
	cfg.RemoteAuthConfig.ClientSecret = "x"
	cfg.PermissionProfile.Network.Mode = "other"
	cfg.OIDCConfig.ClientSecret = "x"
	cfg.CmdArgs = append(cfg.CmdArgs[:0], "x")
	cfg.ContainerLabels["x"] = "y"
	require.Equal(t, want, toJSON(t, twin))
}

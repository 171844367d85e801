package runner_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
)

// register makes g the active gate until the test ends.
func register(t *testing.T, g runner.PolicyGate) {
	t.Helper()
	before := runner.ActivePolicyGate()
	t.Cleanup(func() { runner.RegisterPolicyGate(before) })
	runner.RegisterPolicyGate(g)
}

// gateFunc is a gate made of a function.
type gateFunc func(ctx context.Context, cfg *runner.RunConfig) error

func (f gateFunc) CheckCreateServer(ctx context.Context, cfg *runner.RunConfig) error {
	return f(ctx, cfg)
}

// fakeRuntime counts Setup and returns servers that end when told to.
type fakeRuntime struct {
	setups  atomic.Int32
	onSetup func(ctx context.Context, cfg *runner.RunConfig)
	server  runner.Server // nil: one that has ended
}

func (r *fakeRuntime) Setup(ctx context.Context, allowed *runner.Approved, _ runner.Stdio) (runner.Server, error) {
	r.setups.Add(1)
	cfg, err := allowed.Config()
	if err != nil {
		return nil, err
	}
	if r.onSetup != nil {
		r.onSetup(ctx, cfg)
	}
	if r.server == nil {
		s := newFakeServer(nil)
		s.end()
		return s, nil
	}
	return r.server, nil
}

// fakeServer runs until it is stopped and then ends with result.
type fakeServer struct {
	result error
	stops  atomic.Int32
	ended  chan struct{}
	end    func()
}

func newFakeServer(result error) *fakeServer {
	ended := make(chan struct{})
	return &fakeServer{result: result, ended: ended, end: sync.OnceFunc(func() { close(ended) })}
}

func (s *fakeServer) Wait() error {
	<-s.ended
	return s.result
}

func (s *fakeServer) Stop(context.Context) error {
	s.stops.Add(1)
	s.end()
	return nil
}

// remoteConfig is a config that needs nothing of the machine.
func remoteConfig() *runner.RunConfig {
	return &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion,
		Name:          "remote",
		RemoteURL:     "https://mcp.example/mcp",
		Transport:     runner.TransportStreamableHTTP,
	}
}

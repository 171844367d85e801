package gate_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// approvedRuntime keeps what it was given, and starts nothing.
type approvedRuntime struct{ got *runner.Approved }

var errNotStarted = errors.New("not started")

func (r *approvedRuntime) Setup(_ context.Context, allowed *runner.Approved, _ runner.Stdio) (runner.Server, error) {
	r.got = allowed
	return nil, errNotStarted
}

// registerGate makes g the active gate until the test ends.
func registerGate(t *testing.T, g runner.PolicyGate) {
	t.Helper()
	before := runner.ActivePolicyGate()
	t.Cleanup(func() { runner.RegisterPolicyGate(before) })
	runner.RegisterPolicyGate(g)
}

// What is set up is what was decided about, for each kind of server.
func TestDecisionSaysWhatIsSetUp(t *testing.T) {
	program := filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700))
	seen := map[string]bool{}
	for name, cfg := range map[string]*runner.RunConfig{
		"remote":  {RemoteURL: "https://a.example/mcp"},
		"command": {Command: program, EnvVars: map[string]string{"API_TOKEN": "hunter2-hunter2"}},
		"image":   {Image: "alpine", Container: &runner.ContainerOptions{User: "app"}},
	} {
		t.Run(name, func(t *testing.T) {
			g, k := newRecordedGate(t, open(t, "s", allowing))
			registerGate(t, g)
			rt := &approvedRuntime{}
			require.ErrorIs(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), cfg, runner.Stdio{}), errNotStarted)
			got, err := rt.got.Config()
			require.NoError(t, err)
			want, err := runner.Specification(got)
			require.NoError(t, err)
			require.Equal(t, want, k.last.Specification)
			require.Equal(t, want, rt.got.Specification())
			require.Equal(t, runner.Verdict{Decision: k.last.ID, Revision: k.last.Revision, Specification: want}, rt.got.Verdict())
			require.False(t, seen[want])
			seen[want] = true

			d, err := g.DecideConfig(t.Context(), got)
			require.NoError(t, err)
			require.Equal(t, want, d.Specification)
		})
	}
}

// A decision about something else than a run config, or about none, has none.
func TestDecisionWithoutASpecification(t *testing.T) {
	g, k := newRecordedGate(t, open(t, "s", allowing))
	require.NoError(t, g.Check(t.Context(), inputFor(t, process("a"))))
	require.Empty(t, k.last.Specification)
	require.NotContains(t, toJSON(t, k.last), "specification")
	require.Error(t, g.CheckCreateServer(t.Context(), &runner.RunConfig{Command: "x"}))
	require.Empty(t, k.last.Specification)
}

// The record has it, and no mask of a policy takes it out.
func TestSpecificationIsRecorded(t *testing.T) {
	cfg := process("a")
	want, err := runner.Specification(cfg)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "log")
	g := recorded(t, path, nil, open(t, "s", allowing, "package system.log\n\nmask contains \"/input\""))
	require.NoError(t, g.CheckCreateServer(t.Context(), cfg))
	require.Equal(t, want, readLog(t, path)[0].Record.Result.Specification)

	g = recorded(t, filepath.Join(t.TempDir(), "log"), nil, open(t, "s", allowing, "package system.log\n\nmask contains \"/result/specification\""))
	require.ErrorContains(t, g.CheckCreateServer(t.Context(), cfg), `"/result/specification" stays in every record`)
}

package gate_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

func TestDecideConfig(t *testing.T) {
	server := func(name string) *runner.RunConfig { return &runner.RunConfig{Name: name, Image: "alpine"} }
	for name, tc := range map[string]struct {
		module    string
		cfg       *runner.RunConfig
		allowed   bool
		undecided string
	}{
		"allowed":           {module: allowing, cfg: server("calm"), allowed: true},
		"denied":            {module: denying, cfg: server("x")},
		"a policy fails":    {module: failing, cfg: server("x"), undecided: "p000.rego"},
		"no input":          {module: allowing, cfg: &runner.RunConfig{Image: "alpine", RemoteURL: "https://a.example"}, undecided: "more than one of image, remote_url and command"},
		"not resolved":      {module: allowing, cfg: &runner.RunConfig{Command: "sh"}, undecided: "run config is not resolved"},
		"nothing to decide": {module: allowing, undecided: "run config is nil"},
	} {
		t.Run(name, func(t *testing.T) {
			g, kept := newRecordedGate(t, open(t, "test", tc.module))
			d, err := g.DecideConfig(t.Context(), tc.cfg)
			require.NotNil(t, d)
			require.Equal(t, tc.allowed, d.Allowed)
			require.Zero(t, kept.n, "nothing is recorded")
			if tc.undecided == "" {
				require.NoError(t, err)
				require.NotNil(t, d.Input)
				return
			}
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.ErrorContains(t, err, tc.undecided)
			require.Len(t, d.Errors, 1)
			require.Contains(t, d.Errors[0].Msg, tc.undecided)
		})
	}
}

func TestUndecidedSaysWhyAndHoldsNoSecret(t *testing.T) {
	g, kept := newRecordedGate(t, open(t, "test", allowing))
	d := g.Undecided(t.Context(), errors.New("x.json: https://user:hunter2@a.example is not reached"))
	require.False(t, d.Allowed)
	require.Nil(t, d.Input)
	require.Len(t, d.Errors, 1)
	require.Contains(t, d.Errors[0].Msg, "x.json: ")
	require.NotContains(t, d.Errors[0].Msg, "hunter2")
	require.ErrorIs(t, d.Err(), gate.ErrUndecided)
	require.Zero(t, kept.n)
}

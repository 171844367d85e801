package gate_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

const refusedToken = "ghp_0123456789abcdefghijABCDEFGHIJ012345"

func TestRefuse(t *testing.T) {
	g, k := newRecordedGate(t, open(t, "a", allowing))
	in := gate.Input{Operation: gate.OperationCreateServer, Server: gate.Server{Name: "demo"},
		Config: map[string]any{"password": refusedToken}}
	err := g.Refuse(t.Context(), in, fmt.Errorf("%w: mount 1 cannot be read, nor %s", gate.ErrUndecided, refusedToken))
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.EqualError(t, err, "no verdict was reached: mount 1 cannot be read, nor <redacted>")
	require.Equal(t, 1, k.n)
	require.False(t, k.last.Allowed)
	require.Equal(t, "demo", k.last.Input.Server.Name)
	require.NotContains(t, fmt.Sprint(k.last.Input), refusedToken)
	require.Empty(t, k.last.Violations)
	require.Len(t, k.last.Errors, 1)
	require.NoError(t, g.Check(t.Context(), in), "the same input is judged as ever")
}

func TestRefuseWhatIsNoInput(t *testing.T) {
	g, k := newRecordedGate(t, open(t, "a", allowing))
	err := g.Refuse(t.Context(), gate.Input{Config: map[string]any{"x": make(chan int)}}, errors.New("the reason"))
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, "the reason")
	require.ErrorContains(t, err, "input: config")
	require.Nil(t, k.last.Input)
}

func TestRefuseIsNotRecorded(t *testing.T) {
	g, k := newRecordedGate(t)
	k.err = errors.New("disk full")
	err := g.Refuse(t.Context(), gate.Input{}, errors.New("the reason"))
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, "the reason")
	require.ErrorContains(t, err, "disk full")
}

func TestKeysFromEnvironment(t *testing.T) {
	for name, tc := range map[string]struct {
		value string
		set   bool
		want  string
	}{
		"not set": {},
		"empty":   {set: true, want: "MCP_RUNNER_POLICY_KEY is set and names no file"},
		"missing": {value: "missing.pem", set: true, want: "MCP_RUNNER_POLICY_KEY: policy keys: open missing.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := gate.KeysFromEnvironment(func(key string) (string, bool) {
				require.Equal(t, gate.KeyVariable, key)
				return tc.value, tc.set
			})
			require.Nil(t, keys)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.want)
		})
	}
}

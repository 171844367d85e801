package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// inputSize is how many bytes of JSON policies see of cfg.
func inputSize(t *testing.T, g *gate.Gate, cfg *runner.RunConfig) int {
	t.Helper()
	d, err := g.DecideConfig(t.Context(), cfg)
	require.NoError(t, err)
	return len(compactJSON(t, d.Input))
}

func compactJSON(t *testing.T, v any) string {
	t.Helper()
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(toJSON(t, v))
}

// An input of MaxInput bytes is judged, and one of a byte more is not.
func TestMaxInput(t *testing.T) {
	g, recorded := newRecordedGate(t, open(t, "s", allowing))
	cfg := func(size int) *runner.RunConfig {
		c := process()
		c.EnvVars = map[string]string{"PADDING": strings.Repeat("word ", size/5) + strings.Repeat("w", size%5), "API_TOKEN": "hunter2-canary"}
		return c
	}
	// The value stands in server.environment and in config.
	left := gate.MaxInput - inputSize(t, g, cfg(0))
	most, odd := left/2, left%2
	require.Equal(t, gate.MaxInput-odd, inputSize(t, g, cfg(most)))
	require.NoError(t, g.CheckCreateServer(t.Context(), cfg(most)))

	more := cfg(most + 1)
	want := fmt.Sprintf(`no verdict was reached: the input has %d bytes of JSON after redaction, more than 65536: the largest part of it is "server.environment" with `, gate.MaxInput-odd+2)
	for name, ask := range map[string]func() error{
		"CheckCreateServer": func() error { return g.CheckCreateServer(t.Context(), more) },
		"DecideConfig":      func() error { _, err := g.DecideConfig(t.Context(), more); return err },
		"Check":             func() error { return g.Check(t.Context(), inputFor(t, more)) },
		"Decide":            func() error { _, err := g.Decide(t.Context(), inputFor(t, more)); return err },
		"Explain": func() error {
			e, err := g.Explain(t.Context(), inputFor(t, more))
			require.Empty(t, e.Sources)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := ask()
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	require.False(t, recorded.last.Allowed)
	require.Nil(t, recorded.last.Input)
}

// What is largest is named, and shortened where someone chose the name.
func TestLargestPart(t *testing.T) {
	g := newGate(t, open(t, "s", allowing))
	for want, config := range map[string]map[string]any{
		`"config.x" with 80003 bytes`:                                  {"x": strings.Repeat("a", 80_000), "y": strings.Repeat("a", 1000)},
		`"config.` + strings.Repeat("kk ", 31) + `"… with 90002 bytes`: {strings.Repeat("kk ", 30_000): map[string]any{}},
		`"config.\u202ex\n" with 80007 bytes`:                          {"\u202ex\n": strings.Repeat("b", 80_000)},
	} {
		err := g.Check(t.Context(), gate.Input{Config: config})
		require.ErrorIs(t, err, gate.ErrUndecided)
		require.ErrorContains(t, err, "the largest part of it is "+want)
	}
}

// A decision with much text is redacted in the time that there is, or leaves it
// out.
func TestDecisionsWithMuchText(t *testing.T) {
	const many = "package mcp.policy.many\n\ndeny contains sprintf(\"%d ghp_abcdefghijklmnopqrst1 %s\", [i, concat(\" \", [\"word\" | some _ in numbers.range(1, 50)])]) if some i in numbers.range(1, 1000)\n"
	g := newGate(t, open(t, "s", many))
	d, err := g.Decide(t.Context(), gate.Input{})
	require.NoError(t, err)
	require.Len(t, d.Violations, 1000)
	require.NotContains(t, toJSON(t, d), "ghp_")
}

// The caller has his answer though a builtin goes on, and the next one has his
// at once; who was named first is named again.
func TestDeadlineOfABuiltinThatGoesOn(t *testing.T) {
	var hang strings.Builder
	hang.WriteString("package mcp.policy.hang\n\na0 := concat(\"\", [\"a\" | input.server.name == \"slow\"])\n\n")
	for i := range 15 {
		fmt.Fprintf(&hang, "a%d := concat(\"\", [a%d, a%d])\n\n", i+1, i, i)
	}
	hang.WriteString("deny contains \"m\" if regex.match(\"((a{1,30}){1,30})y\", a15)\n")
	const deadline = 100 * time.Millisecond
	store := open(t, "s", allowing, hang.String())
	k := &kept{}
	g, err := gate.New(gate.Config{Stores: []*rego.Store{store}, Recorder: k, Deadline: deadline})
	require.NoError(t, err)
	slow := process()
	slow.Name = "slow"

	began := time.Now()
	err = g.CheckCreateServer(t.Context(), slow)
	overrun := time.Since(began) - deadline
	require.EqualError(t, err, "no verdict was reached: source s: policy hang: the deadline of 100ms passed, and it has not returned")
	require.ErrorIs(t, err, gate.ErrUndecided)
	soak.Report(t, "denied %s past the deadline", overrun.Round(time.Millisecond))
	require.Less(t, overrun, 5*100*time.Millisecond)
	require.False(t, k.last.Allowed)
	require.Equal(t, 1, k.n)

	err = g.CheckCreateServer(t.Context(), process())
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, "no verdict was reached: source s: policy hang began at ")
	require.Equal(t, "policy hang", store.Policy().Stuck()[0].What)

	require.Eventually(t, func() bool { return len(store.Policy().Stuck()) == 0 }, time.Minute, 10*time.Millisecond)
	_, err = g.Decide(t.Context(), inputFor(t, process()))
	require.NotContains(t, fmt.Sprint(err), "has not returned")
}

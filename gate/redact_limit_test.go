package gate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// tokens are n variables with a value of their own.
func tokens(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("V%d_TOKEN", i)] = fmt.Sprintf("common-value-%d", i)
	}
	return out
}

// Whatever a config holds, redaction is over soon, or refuses it.
func TestRedactionIsLinear(t *testing.T) {
	const much = 40_000 // bytes: the input holds them twice
	for name, cfg := range map[string]*runner.RunConfig{
		"given/names":     process(strings.Repeat("a=", 10000)),
		"given/urls":      process(strings.Repeat("a://", 10000)),
		"given/words":     process(strings.Repeat("abcdefghij0123456789.", 40000)),
		"given/variables": {Name: "srv", Image: "alpine", EnvVars: tokens(4000)},
		"variables":       {Name: "srv", Image: "alpine", EnvVars: tokens(1500)},
		"key": {Name: "srv", Image: "alpine",
			Extra: jsontext.Value(`{"` + strings.Repeat("k", 50000) + `":[` + strings.Repeat(`"ghp_abcdefghijklmnopqrst",`, 1500) + `1]}`)},
		"nested":   {Name: "srv", Image: "alpine", CmdArgs: []string{strings.Repeat("1a", 20000)}, EnvVars: nested(250)},
		"periodic": process("--token", strings.Repeat("1a", 28000)+"b", "--token", strings.Repeat("1a", 10), strings.Repeat("1a", 28000)),
		"keys":     {Name: "srv", Image: "alpine", Extra: jsontext.Value(`{` + strings.Join(manyKeys(3000), ",") + `}`)},
	} {
		t.Run(name, func(t *testing.T) { within(t, cfg) })
	}
	for _, unit := range []string{
		"a=", "a://", "abcdefghij0123456789.", "token=x,", "token=a,b ", "token=\"x,", "a://b:c", "a://b:c@", "https://a/?token=", "--token x ", "--a ", "-a \"", "-a '\"",
		"eyJaaaaaaaa-ghp_abcdefghijklmnop-", "pypi-Ag-ghp_abcdefghijklmnop-", "pypi-ghp_abcdefghijklmnop-", "-----BEGIN A", "sk-", "bearer ", "Basic abcdefghij ", "a:", "token: x\n", "\"a\": ",
		"\\\"a\\\":\\\"", "-u a:b ", "X-Token:a", "/token:", "[", "{\"a\":", "\\", "(", "/", ";token=", "hunter2", "aA1", "ghp_abcdefghijklmnop1 ", "\"", " ", "\n", "é", "%41", "{token: '", ",a: \"b", "mysql ", "mysql -pa ", "sshpass -p '",
	} {
		t.Run(unit, func(t *testing.T) {
			text := strings.Repeat(unit, much/len(unit))
			cfg := process("x", text)
			cfg.EnvVars = map[string]string{"API_TOKEN": text[:len(text)/10]}
			cfg.CmdArgs[1] = text[:len(text)*8/10]
			within(t, cfg)
			start := time.Now()
			gate.RedactText(text)
			require.Less(t, time.Since(start), 5*time.Second)
		})
	}
}

// nested are values each of which begins the next.
func nested(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("V%d_TOKEN", i)] = strings.Repeat("1a", i) + "b"
	}
	return out
}

func manyKeys(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`"ghp_abcdefghijklmnopqrst%d":1`, i)
	}
	return out
}

func within(t *testing.T, cfg *runner.RunConfig) {
	t.Helper()
	start := time.Now()
	if _, err := gate.InputFor(cfg); err != nil {
		require.Regexp(t, "the input holds more than|more than 8 MiB", err.Error())
	}
	took := time.Since(start)
	require.Less(t, took, 5*time.Second)
	if testing.Verbose() {
		t.Log(took)
	}
}

func TestTooMuch(t *testing.T) {
	g := newGate(t, open(t, "s", allowing))
	err := g.CheckCreateServer(t.Context(), process(strings.Repeat("a", 256<<10)))
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.EqualError(t, err, "no verdict was reached: the input holds more than 256 KiB of text")
	err = g.Check(t.Context(), gate.Input{Config: map[string]any{"x": strings.Repeat("a", 256<<10)}})
	require.EqualError(t, err, "no verdict was reached: the input holds more than 256 KiB of text")
	err = g.CheckCreateServer(t.Context(), &runner.RunConfig{Name: "srv", Image: "alpine", EnvVars: tokens(2001)})
	require.EqualError(t, err, "no verdict was reached: the input holds more than 2000 secrets in clear")
}

// blocking does not come back while it is encoded.
type blocking struct{ release chan struct{} }

func (b blocking) MarshalJSON() ([]byte, error) {
	<-b.release
	return []byte("1"), nil
}

// Making the input is under the deadline, too.
func TestDeadlineCoversTheInput(t *testing.T) {
	b := blocking{release: make(chan struct{})}
	g, err := gate.New(gate.Config{Recorder: &kept{}, Deadline: 20 * time.Millisecond})
	require.NoError(t, err)
	in := gate.Input{Config: map[string]any{"x": b}}
	require.EqualError(t, g.Check(t.Context(), in), "no verdict was reached: making the input: the deadline of 20ms passed, and it has not returned")

	// Until it returns, nothing more is begun.
	stuck := g.Stuck()
	require.Len(t, stuck, 1)
	require.Equal(t, "making the input", stuck[0].What)
	_, err = g.Decide(t.Context(), gate.Input{})
	require.ErrorContains(t, err, "no verdict was reached: making the input began at ")
	close(b.release)
	require.Eventually(t, func() bool { return len(g.Stuck()) == 0 }, 10*time.Second, time.Millisecond)
	_, err = g.Decide(t.Context(), gate.Input{})
	require.EqualError(t, err, "no verdict was reached: no policy loaded")

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	cfg := process(strings.Repeat("token=x, a://b:c@ ghp_abcdefghijklmnop1 ", 3000))
	start := time.Now()
	require.Error(t, newGate(t).CheckCreateServer(ctx, cfg))
	require.Less(t, time.Since(start), time.Second)
}

// A redaction whose caller is gone stops.
func TestRedactionNoticesItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	_, err := gate.InputForContext(ctx, process("a"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/deadline"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

const (
	allowing = "package mcp.policy.calm\n\ndeny contains \"never\" if input.server.name == \"never\"\n"
	denying  = "package mcp.policy.images.registry\n\ndeny contains {\"msg\": msg, \"path\": \"/server/name\"} if {\n\tmsg := sprintf(\"server %q is not approved\", [input.server.name])\n}\n"
	warning  = "package mcp.policy.notes\n\nwarn contains \"look at this\"\n"
	failing  = "package mcp.policy.broken\n\ndeny contains \"x\" if 1 / (input.server.endpoint.port * 0) == 1\n"
)

// open opens a source in memory with one module for each name.
func open(t testing.TB, name string, modules ...string) *rego.Store {
	t.Helper()
	files := fstest.MapFS{}
	for i, module := range modules {
		files[fmt.Sprintf("p%03d.rego", i)] = &fstest.MapFile{Data: []byte(module)}
	}
	store, err := rego.Open(context.Background(), rego.StoreConfig{
		LoadConfig:      rego.LoadConfig{Name: name, FS: files, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)},
		Static:          true,
		DenyUntilLoaded: true,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// kept is a recorder that keeps the last decision.
type kept struct {
	last *gate.Decision
	n    int
	err  error
}

func (k *kept) Record(ctx context.Context, d *gate.Decision) error {
	k.last = d
	k.n++
	return errors.Join(k.err, ctx.Err())
}

func newGate(t testing.TB, stores ...*rego.Store) *gate.Gate {
	t.Helper()
	g, _ := newRecordedGate(t, stores...)
	return g
}

func newRecordedGate(t testing.TB, stores ...*rego.Store) (*gate.Gate, *kept) {
	t.Helper()
	k := &kept{}
	g, err := gate.New(gate.Config{
		Deadline: time.Minute, // nothing here is about it, and machines are busy
		Stores:   stores,
		Recorder: k,
		Now:      func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 6789000, time.FixedZone("", 3600)) },
		Context:  gate.Context{Runner: gate.Runner{Name: "mcp-runner", Version: "v1"}, Environment: "prod"},
	})
	require.NoError(t, err)
	return g, k
}

func TestCheckCreateServer(t *testing.T) {
	const notApproved = `images.registry: server "srv" is not approved`
	for name, tc := range map[string]struct {
		sources   [][]string
		want      string
		undecided bool
	}{
		"allowed":               {sources: [][]string{{allowing}}},
		"warned":                {sources: [][]string{{allowing, warning}}},
		"denied":                {sources: [][]string{{allowing, warning, denying}}, want: notApproved},
		"one of two denies":     {sources: [][]string{{allowing}, {denying}}, want: notApproved},
		"both deny the same":    {sources: [][]string{{denying}, {denying}}, want: notApproved},
		"error":                 {sources: [][]string{{allowing, failing}}, want: "no verdict was reached: broken: ", undecided: true},
		"error in one of two":   {sources: [][]string{{allowing}, {failing}}, want: "no verdict was reached: broken: ", undecided: true},
		"denied with an error":  {sources: [][]string{{denying}, {failing}}, want: notApproved + "; broken: "},
		"no source":             {want: "no verdict was reached: no policy loaded", undecided: true},
		"empty source":          {sources: [][]string{{}}, want: "no verdict was reached: source s0: no policy loaded", undecided: true},
		"empty source besides":  {sources: [][]string{{allowing}, {}}, want: "no verdict was reached: source s1: no policy loaded", undecided: true},
		"broken source":         {sources: [][]string{{allowing}, {"package mcp.policy.x\n\ndeny contains"}}, want: "no verdict was reached: source s1: ", undecided: true},
		"not of the schema":     {sources: [][]string{{"package mcp.policy.x\n\ndeny contains \"x\" if input.server.imagee"}}, want: "no verdict was reached: source s0: ", undecided: true},
		"malformed member":      {sources: [][]string{{"package mcp.policy.x\n\ndeny contains 1"}}, want: "no verdict was reached: x: ", undecided: true},
		"denied besides broken": {sources: [][]string{{denying}, {}}, want: notApproved + "; source s1: no policy loaded"},
	} {
		t.Run(name, func(t *testing.T) {
			var stores []*rego.Store
			for i, modules := range tc.sources {
				stores = append(stores, open(t, fmt.Sprintf("s%d", i), modules...))
			}
			g, recorded := newRecordedGate(t, stores...)
			err := g.CheckCreateServer(t.Context(), process())
			d := recorded.last
			require.Equal(t, 1, recorded.n)
			require.Equal(t, tc.want == "", d.Allowed)
			require.Len(t, d.Sources, len(stores))
			require.Equal(t, "2026-01-02T02:04:05.006Z", d.Time)
			require.Equal(t, "srv", d.Input.Server.Name)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.Regexp(t, "^"+regexp.QuoteMeta(tc.want), err.Error())
			require.Equal(t, tc.undecided, errors.Is(err, gate.ErrUndecided))
			_, denied := errors.AsType[*gate.DeniedError](err)
			require.Equal(t, !tc.undecided, denied)
			requireData(t, err)
		})
	}
}

// requireData holds that the client gets the decision, and not the input.
func requireData(t *testing.T, err error) {
	t.Helper()
	carrier, ok := errors.AsType[runner.ErrorData](err)
	require.True(t, ok)
	var data map[string]any
	require.NoError(t, json.Unmarshal([]byte(toJSON(t, carrier.ErrorData())), &data))
	require.Equal(t, false, data["allowed"])
	require.NotContains(t, data, "input")
	require.NotNil(t, data["violations"])
	require.NotNil(t, data["errors"])
}

func TestDecision(t *testing.T) {
	g, recorded := newRecordedGate(t, open(t, "one", denying, warning), open(t, "two", warning, allowing))
	d, err := g.Decide(t.Context(), inputFor(t, process()))
	require.NoError(t, err, "a denial is a verdict")
	require.Zero(t, recorded.n, "Decide has no side effect")
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, d.ID)
	require.Regexp(t, `^[0-9a-f]{64}$`, d.Revision)
	require.Equal(t, "2026-01-02T02:04:05.006Z", d.Input.Context.Time)
	require.Equal(t, "prod", d.Input.Context.Environment)
	require.Equal(t, runtime.GOOS, d.Input.Context.Host.OS)
	require.NotEmpty(t, d.Input.Context.User.UID)
	var got []string
	for _, v := range d.Violations {
		got = append(got, v.Policy+" "+v.Level+" "+v.Source)
	}
	require.Equal(t, []string{"images.registry deny one", "notes warn one", "notes warn two"}, got)

	again, err := g.Decide(t.Context(), inputFor(t, process()))
	require.NoError(t, err)
	require.Equal(t, d.Revision, again.Revision)
	require.NotEqual(t, d.ID, again.ID)
	other, err := newGate(t, open(t, "one", denying, warning)).Decide(t.Context(), inputFor(t, process()))
	require.NoError(t, err)
	require.NotEqual(t, d.Revision, other.Revision)
}

// What a source says counts only where all of it fits together.
func TestResultsThatContradictThemselves(t *testing.T) {
	deny := rego.Violation{Policy: "p", Level: rego.LevelDeny, Msg: "m"}
	for name, tc := range map[string]struct {
		result rego.Result
		want   string
	}{
		"allowed with a denial":   {rego.Result{Allowed: true, Violations: []rego.Violation{deny}}, "p: m; source f: the result allows"},
		"allowed with an error":   {rego.Result{Allowed: true, Errors: []rego.PolicyError{{Msg: "x"}}}, "no verdict was reached: source f: the result allows"},
		"denied without a reason": {rego.Result{}, "no verdict was reached: source f: the result denies without a reason"},
		"unknown level":           {rego.Result{Allowed: true, Violations: []rego.Violation{{Policy: "p", Level: "note", Msg: "m"}}}, "p: m; source f: "},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, open(t, "s", allowing))
			g.AddFake(gate.Fake{Name: "f", Eval: func(context.Context, ast.Value) (rego.Result, error) { return tc.result, nil }})
			require.ErrorContains(t, g.CheckCreateServer(t.Context(), process()), tc.want)
		})
	}
	t.Run("waived", func(t *testing.T) {
		g := newGate(t)
		waived := deny
		waived.Waiver = map[string]any{"reason": "r"}
		g.AddFake(gate.Fake{Name: "f", Eval: func(context.Context, ast.Value) (rego.Result, error) {
			return rego.Result{Allowed: true, Violations: []rego.Violation{waived}}, nil
		}})
		require.NoError(t, g.CheckCreateServer(t.Context(), process()))
	})
}

func TestPanicDenies(t *testing.T) {
	for want, eval := range map[string]func(context.Context, ast.Value) (rego.Result, error){
		"source f: the evaluation panicked: string": func(context.Context, ast.Value) (rego.Result, error) { panic("hunter2") },
		"the evaluation did not return":             func(context.Context, ast.Value) (rego.Result, error) { runtime.Goexit(); return rego.Result{}, nil },
	} {
		t.Run(want, func(t *testing.T) {
			g := newGate(t)
			g.AddFake(gate.Fake{Name: "f", Eval: eval})
			err := g.CheckCreateServer(t.Context(), process())
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		g, err := gate.New(gate.Config{Recorder: &kept{}})
		require.NoError(t, err)
		g.AddFake(gate.Fake{Name: "stuck", Eval: func(context.Context, ast.Value) (rego.Result, error) {
			<-release // does not look at its context
			return rego.Result{Allowed: true}, nil
		}})
		start := time.Now()
		err = g.CheckCreateServer(t.Context(), process())
		require.EqualError(t, err, "no verdict was reached: source stuck: the evaluation: the deadline of 2s passed, and it has not returned")
		require.Equal(t, gate.DefaultDeadline+deadline.Grace, time.Since(start))
		close(release)
	})
	t.Run("of a policy", func(t *testing.T) {
		const slow = "package mcp.policy.slow\n\ndeny contains \"x\" if {\n\tsome i in numbers.range(1, 5000)\n\tsome j in numbers.range(1, 5000)\n\ti + j == -1\n}\n"
		g, err := gate.New(gate.Config{Recorder: &kept{}, Stores: []*rego.Store{open(t, "s", slow)}, Deadline: 20 * time.Millisecond})
		require.NoError(t, err)
		require.EqualError(t, g.CheckCreateServer(t.Context(), process()), "no verdict was reached: source s: policy slow: the deadline of 20ms passed")
	})
	t.Run("cancelled", func(t *testing.T) {
		g, recorded := newRecordedGate(t, open(t, "s", allowing))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.EqualError(t, g.CheckCreateServer(ctx, process()), "no verdict was reached: context canceled")
		require.Equal(t, 1, recorded.n, "it is recorded all the same")
	})
}

func TestRecorderFails(t *testing.T) {
	sentinel := errors.New("disk full")
	for name, modules := range map[string]string{"allowed": allowing, "denied": denying} {
		t.Run(name, func(t *testing.T) {
			g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", modules)}, Recorder: &kept{err: sentinel}})
			require.NoError(t, err)
			err = g.CheckCreateServer(t.Context(), process())
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.ErrorIs(t, err, sentinel)
			require.ErrorContains(t, err, "decision could not be recorded: disk full")
			requireData(t, err)
		})
	}
	t.Run("panic", func(t *testing.T) {
		g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", allowing)}, Recorder: panicking{}})
		require.NoError(t, err)
		require.EqualError(t, g.CheckCreateServer(t.Context(), process()), "no verdict was reached: decision could not be recorded: recorder panicked: string")
	})
	t.Run("log", func(t *testing.T) {
		g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", allowing)}, Log: slog.New(slog.NewTextHandler(failingWriter{}, nil))})
		require.NoError(t, err)
		require.EqualError(t, g.CheckCreateServer(t.Context(), process()), "no verdict was reached: decision could not be recorded: log: disk full")
	})
}

type panicking struct{}

func (panicking) Record(context.Context, *gate.Decision) error { panic("hunter2") }

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestLogLine(t *testing.T) {
	var out bytes.Buffer
	g, err := gate.New(gate.Config{
		Stores: []*rego.Store{open(t, "s", denying, warning)},
		Log:    slog.New(slog.NewJSONHandler(&out, nil)),
	})
	require.NoError(t, err)
	require.Error(t, g.CheckCreateServer(t.Context(), process()))
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "WARN", line["level"])
	require.Equal(t, false, line["allowed"])
	require.Equal(t, "srv", line["server"])
	require.Equal(t, []any{"images.registry"}, line["denied_by"])
	require.Equal(t, []any{"notes"}, line["warned_by"])
}

func TestInputThatCannotBeMade(t *testing.T) {
	g, recorded := newRecordedGate(t, open(t, "s", allowing))
	err := g.CheckCreateServer(t.Context(), &runner.RunConfig{Image: "Not An Image"})
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, `no verdict was reached: image "Not An Image": `)
	require.Nil(t, recorded.last.Input)
	require.False(t, recorded.last.Allowed)
	requireData(t, err)
	require.ErrorIs(t, g.CheckCreateServer(t.Context(), nil), gate.ErrUndecided)
}

// A policy cannot print what it does not get.
func TestErrorsHoldNoSecret(t *testing.T) {
	const printing = "package mcp.policy.loud\n\ndeny contains sprintf(\"%v\", [input])\n"
	const secret = "hunter2-canary"
	g, recorded := newRecordedGate(t, open(t, "s", printing))
	cfg := process("--password", secret)
	cfg.EnvVars = map[string]string{"DB_PASSWORD": secret}
	for _, err := range []error{
		g.CheckCreateServer(t.Context(), cfg),
		// A host that fills the input itself and redacts nothing.
		g.Check(t.Context(), gate.Input{
			Server: gate.Server{Environment: []gate.Variable{{Name: "DB_PASSWORD", Value: secret}}},
			Config: map[string]any{"deep": []any{map[string]any{"x": secret}}},
		}),
	} {
		require.ErrorContains(t, err, "loud: ")
		require.ErrorContains(t, err, gate.Redacted)
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, toJSON(t, recorded.last), secret)
		data, _ := errors.AsType[runner.ErrorData](err)
		require.NotContains(t, toJSON(t, data.ErrorData()), secret)
	}
}

// The gate judges a copy: it neither changes what a host passed nor follows it.
func TestInputIsCopied(t *testing.T) {
	in := gate.Input{Server: gate.Server{Environment: []gate.Variable{{Name: "DB_PASSWORD", Value: "hunter2"}}}, Config: map[string]any{"password": "hunter2"}}
	d, err := newGate(t, open(t, "s", allowing)).Decide(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "hunter2", in.Server.Environment[0].Value)
	require.Equal(t, "hunter2", in.Config["password"])
	in.Config["password"] = "changed"
	require.Equal(t, gate.Redacted, d.Input.Config["password"])
}

func TestPoliciesSeeWhatIsRecorded(t *testing.T) {
	in := inputFor(t, process("a"))
	value, err := gate.InputValue(in)
	require.NoError(t, err)
	seen, err := ast.JSON(value)
	require.NoError(t, err)
	require.JSONEq(t, toJSON(t, in), toJSON(t, seen))
}

func TestConcurrentDecisions(t *testing.T) {
	g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", denying, warning)}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	in := inputFor(t, process("a"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				_, denied := errors.AsType[*gate.DeniedError](g.Check(context.Background(), in))
				if !denied {
					t.Error("not denied")
				}
			}
		})
	}
	wg.Wait()
}

func TestNewRefuses(t *testing.T) {
	_, err := gate.New(gate.Config{Stores: []*rego.Store{nil}})
	require.EqualError(t, err, "store 0 is nil")
	_, err = gate.New(gate.Config{Deadline: -1})
	require.EqualError(t, err, "deadline -1ns is negative")
}

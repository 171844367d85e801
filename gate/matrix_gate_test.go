package gate_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// switched is a fault that comes and goes: it is there while on is true.
type switched struct {
	name   string
	as     string
	reason string
	// make returns the gate, and the server that it is asked about while on.
	make func(c *cell, on *atomic.Bool) runner.PolicyGate
	// turn is called where on changed.
	turn func(c *cell, on bool)
	odd  *runner.RunConfig // nil: the same as without the fault
	// denies says that a policy denies, rather than that there is no verdict.
	denies bool
	// panics says that the gate itself panics.
	panics bool
}

const noSource = "reload, again: it is no fault of a source"

func (f switched) fault() fault {
	return fault{
		name: f.name, as: f.as,
		cells: map[string]func(c *cell){
			atStart: func(c *cell) {
				var on atomic.Bool
				on.Store(true)
				g := f.make(c, &on)
				f.turned(c, true)
				f.stopped(c, g)
				f.turned(c, false)
			},
			atDecision: func(c *cell) {
				var on atomic.Bool
				g := f.make(c, &on)
				c.allowed(g, remoteNamed("fine"))
				on.Store(true)
				f.turned(c, true)
				f.stopped(c, g)
				on.Store(false)
				f.turned(c, false)
				c.over(g)
			},
		},
		not: map[string]string{atReload: noSource, atAgain: noSource},
	}
}

func (f switched) turned(c *cell, on bool) {
	if f.turn != nil {
		f.turn(c, on)
	}
}

func (f switched) stopped(c *cell, g runner.PolicyGate) {
	cfg := f.odd
	if cfg == nil {
		cfg = remoteNamed("fine")
	}
	switch {
	case f.panics:
		err := c.run(c.Context(), g, cfg)
		require.ErrorIs(c, err, runner.ErrGatePanic)
		require.Regexp(c, f.reason, err.Error())
	case f.denies:
		c.denied(g, cfg, f.reason)
	default:
		c.undecided(g, cfg, f.reason)
	}
}

// faked is a source that calls eval where the fault is, and else allows.
func faked(eval func(ctx context.Context) (rego.Result, error)) func(c *cell, on *atomic.Bool) runner.PolicyGate {
	return func(c *cell, on *atomic.Bool) runner.PolicyGate {
		g := c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}, Deadline: 500 * time.Millisecond})
		g.AddFake(gate.Fake{Name: "f", Eval: func(ctx context.Context, _ ast.Value) (rego.Result, error) {
			if on.Load() {
				return eval(ctx)
			}
			return rego.Result{Allowed: true}, nil
		}})
		return g
	}
}

func says(r rego.Result) func(context.Context) (rego.Result, error) {
	return func(context.Context) (rego.Result, error) { return r, nil }
}

// recording is a recorder that fails where the fault is.
func recording(record func(ctx context.Context) error) func(c *cell, on *atomic.Bool) runner.PolicyGate {
	return func(c *cell, on *atomic.Bool) runner.PolicyGate {
		return c.gate(gate.Config{
			Stores: []*rego.Store{open(c, "s", allowing)}, RecordDeadline: 500 * time.Millisecond,
			Recorder: recordFunc(func(ctx context.Context, _ *gate.Decision) error {
				if on.Load() {
					return record(ctx)
				}
				return nil
			}),
		})
	}
}

type recordFunc func(ctx context.Context, d *gate.Decision) error

func (f recordFunc) Record(ctx context.Context, d *gate.Decision) error { return f(ctx, d) }

// host is a gate of a host with run configs of its own: it fills the input.
type hostGate struct {
	runner.NoopPolicyGate
	gate  *gate.Gate
	input func() gate.Input
}

func (h hostGate) CheckCreateServer(ctx context.Context, _ *runner.RunConfig) error {
	return h.gate.Check(ctx, h.input())
}

// hosted is a host whose config has a value of its own where the fault is.
func hosted(value any) func(c *cell, on *atomic.Bool) runner.PolicyGate {
	return func(c *cell, on *atomic.Bool) runner.PolicyGate {
		g := c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}, Deadline: 500 * time.Millisecond})
		return hostGate{gate: g, input: func() gate.Input {
			in := gate.Input{Server: gate.Server{Name: "fine"}}
			if on.Load() {
				in.Config = map[string]any{"x": value}
			}
			return in
		}}
	}
}

// marshaler is a value that encodes itself.
type marshaler func() ([]byte, error)

func (m marshaler) MarshalJSON() ([]byte, error) { return m() }

type checkFunc func(ctx context.Context, cfg *runner.RunConfig) error

func (f checkFunc) CheckCreateServer(ctx context.Context, cfg *runner.RunConfig) error {
	return f(ctx, cfg)
}

// plain is a gate that asks a good source about every server.
func plain(c *cell, _ *atomic.Bool) runner.PolicyGate {
	return c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}})
}

func withLabel(value string) *runner.RunConfig {
	cfg := remoteNamed("fine")
	cfg.ContainerLabels = map[string]string{"x": value}
	return cfg
}

var deadlinePassed = "the deadline of .* passed"

func gateFaults() []fault {
	var all []fault
	var stuck stuckWork
	denial := rego.Violation{Policy: "p", Level: rego.LevelDeny, Msg: "m"}
	for _, f := range []switched{
		{name: "panic in a source", make: faked(func(context.Context) (rego.Result, error) { panic("p") }), reason: "source f: the evaluation panicked: string"},
		{name: "panic of the runtime in a source", make: faked(func(context.Context) (rego.Result, error) {
			return rego.Result{Allowed: len(nth(nil, 1)) == 0}, nil
		}), reason: "source f: the evaluation panicked"},
		{name: "a source that ends the goroutine", make: faked(func(context.Context) (rego.Result, error) { runtime.Goexit(); return rego.Result{}, nil }), reason: "the evaluation did not return"},
		{name: "a source that does not return", make: faked(func(context.Context) (rego.Result, error) { stuck.wait(); return rego.Result{Allowed: true}, nil }), turn: stuck.turn, reason: deadlinePassed},
		{name: "a source that notices the deadline", make: faked(func(ctx context.Context) (rego.Result, error) { <-ctx.Done(); return rego.Result{Allowed: true}, nil }), reason: deadlinePassed},
		{name: "a source that has an error", make: faked(func(context.Context) (rego.Result, error) { return rego.Result{Allowed: true}, errors.New("e") }), reason: "source f: e"},
		{name: "a result that is empty", make: faked(says(rego.Result{})), reason: "denies without a reason"},
		{name: "a result that allows with an error", make: faked(says(rego.Result{Allowed: true, Errors: []rego.PolicyError{{Msg: "e"}}})), reason: "source f: the result allows"},
		{name: "a result that allows with a denial", make: faked(says(rego.Result{Allowed: true, Violations: []rego.Violation{denial}})), denies: true, reason: "p: m; source f: the result allows"},
		{name: "a result of an unknown level", make: faked(says(rego.Result{Allowed: true, Violations: []rego.Violation{{Policy: "p", Level: "note", Msg: "m"}}})), denies: true, reason: "p: m; source f: .*level"},
		{name: "panic in a gate", make: func(c *cell, on *atomic.Bool) runner.PolicyGate {
			g := plain(c, on)
			return checkFunc(func(ctx context.Context, cfg *runner.RunConfig) error {
				if on.Load() {
					panic("p")
				}
				return g.CheckCreateServer(ctx, cfg)
			})
		}, panics: true, reason: "policy gate panicked: string in "},

		{name: "recorder fails", make: recording(func(context.Context) error { return errors.New("disk full") }), reason: "decision could not be recorded: disk full"},
		{name: "recorder panics", make: recording(func(context.Context) error { panic("p") }), reason: "decision could not be recorded: recorder panicked: string"},
		{name: "recorder notices the deadline", make: recording(func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }), reason: "decision could not be recorded: " + deadlinePassed},
		{name: "log fails", make: func(c *cell, on *atomic.Bool) runner.PolicyGate {
			log := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
				if on.Load() {
					return 0, errors.New("disk full")
				}
				return len(p), nil
			}), nil))
			return c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}, Recorder: gate.LogRecorder(log)})
		}, reason: "decision could not be recorded: log: disk full"},
		{name: "mask panics", make: func(c *cell, on *atomic.Bool) runner.PolicyGate {
			recorder, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: filepath.Join(c.TempDir(), "d.jsonl")})
			require.NoError(c, err)
			g := c.gate(gate.Config{Recorder: recorder})
			g.AddFake(gate.Fake{
				Name: "f", Eval: func(context.Context, ast.Value) (rego.Result, error) { return rego.Result{Allowed: true}, nil },
				Mask: func(context.Context, any) ([]rego.MaskRule, error) {
					if on.Load() {
						panic("p")
					}
					return nil, nil
				},
			})
			return g
		}, reason: "decision could not be recorded: .*writing panicked: string"},

		{name: "panic in making the input", make: hosted(marshaler(func() ([]byte, error) { panic("p") })), reason: "making the input panicked: string"},
		{name: "making the input does not return", make: hosted(marshaler(func() ([]byte, error) { stuck.wait(); return []byte("1"), nil })), turn: stuck.turn, reason: deadlinePassed},
		{name: "making the input fails", make: hosted(marshaler(func() ([]byte, error) { return nil, errors.New("e") })), reason: "input: config: "},
		{name: "input that is not JSON", make: hosted(make(chan int)), reason: "input: config: "},
		{name: "input that claims a redaction", make: plain, odd: withLabel("x" + gate.Redacted), reason: "input: .*" + gate.Redacted},
		{name: "input of more than 64 KiB", make: plain, odd: withLabel(strings.Repeat("a b ", 20_000)), reason: "input.*(larger|more|bytes|KiB)"},
		{name: "input of more text than is redacted", make: plain, odd: withLabel(strings.Repeat("a b ", 2_000_000)), reason: "input.*"},
	} {
		all = append(all, f.fault())
	}
	return append(all, cancelledFaults()...)
}

// stuckWork does not return before the fault is over.
type stuckWork struct{ over atomic.Pointer[chan struct{}] }

func (s *stuckWork) wait() { <-*s.over.Load() }

func (s *stuckWork) turn(_ *cell, on bool) {
	if on {
		over := make(chan struct{})
		s.over.Store(&over)
	} else {
		close(*s.over.Load())
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// nth panics where a list is too short.
func nth(list []string, n int) string { return list[n] }

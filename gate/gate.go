// Package gate decides by policy whether an MCP server may be created. A
// [Gate] makes the input of a run config, asks every source of policies about
// it, records the decision and returns it as an error. All sources must allow;
// whatever goes wrong denies, with its own reason.
package gate

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// DefaultDeadline is how long a decision may take where Config says nothing.
const DefaultDeadline = 2 * time.Second

// Config says what a gate asks and where it records.
type Config struct {
	// Stores are the sources of policies. All must allow; without one nothing
	// is allowed. They stay the caller's to close, after the gate's last use.
	Stores []*rego.Store
	// Recorder records each decision; nil means one line to Log.
	Recorder Recorder
	// Deadline bounds one decision; 0 means DefaultDeadline.
	Deadline time.Duration
	// RecordDeadline bounds the recording of one decision; 0 means Deadline. A
	// file that many processes write to at once on a slow disk takes longer than
	// a decision.
	RecordDeadline time.Duration
	// Context is what policies see as input.context. An empty User or Host is
	// filled from this process; Time is set for each decision.
	Context Context
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log takes what nobody else reports; nil means slog.Default().
	Log *slog.Logger
}

// Gate is the policy gate. It is safe for concurrent use.
type Gate struct {
	runner.NoopPolicyGate

	sources        []source
	recorder       Recorder
	deadline       time.Duration
	recordDeadline time.Duration
	context        Context
	now            func() time.Time
	// watch knows the inputs that are being made though their deadline has passed.
	watch deadline.Watch
}

var _ runner.PolicyWatcher = (*Gate)(nil)

// New returns a gate, or an error where cfg cannot be right or this process
// cannot say where it runs.
func New(cfg Config) (*Gate, error) {
	g := &Gate{
		recorder:       cfg.Recorder,
		deadline:       cfg.Deadline,
		recordDeadline: cfg.RecordDeadline,
		context:        cfg.Context,
		now:            cfg.Now,
	}
	for i, store := range cfg.Stores {
		if store == nil {
			return nil, fmt.Errorf("store %d is nil", i)
		}
		g.sources = append(g.sources, storeSource{store})
	}
	if g.deadline < 0 {
		return nil, fmt.Errorf("deadline %s is negative", g.deadline)
	}
	if g.deadline == 0 {
		g.deadline = DefaultDeadline
	}
	if g.recordDeadline < 0 {
		return nil, fmt.Errorf("deadline of the record %s is negative", g.recordDeadline)
	}
	if g.recordDeadline == 0 {
		g.recordDeadline = g.deadline
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.recorder == nil {
		log := cfg.Log
		if log == nil {
			log = slog.Default()
		}
		g.recorder = LogRecorder(log)
	}
	g.context.User.Groups = slices.Clone(g.context.User.Groups)
	if err := g.context.complete(); err != nil {
		return nil, err
	}
	if g.context.User.Groups == nil {
		g.context.User.Groups = []string{}
	}
	return g, nil
}

// CheckCreateServer decides about a server before it is created. cfg must be
// resolved. See [Gate.Check] for the error.
func (g *Gate) CheckCreateServer(ctx context.Context, cfg *runner.RunConfig) error {
	d := g.decideConfig(ctx, cfg)
	runner.ReportVerdict(ctx, runner.Verdict{Decision: d.ID, Revision: d.Revision, Specification: d.Specification})
	return g.record(ctx, d)
}

// Check decides about in and records the decision. It returns nil where every
// source allows, a *[DeniedError] where a policy denies, and otherwise an error
// that is [ErrUndecided]. in needs no defaults and may hold secrets: what is
// missing is filled, secrets are redacted. in.Config may hold whatever
// encoding/json encodes. in.Context is the gate's. An input of more than
// [MaxInput] bytes is not judged. Check returns soon after ctx or the deadline
// has ended the decision, and in may be read for longer then.
func (g *Gate) Check(ctx context.Context, in Input) error {
	return g.record(ctx, g.decide(ctx, given(in), nil))
}

// Decide decides about in as [Gate.Check] does, and records nothing. The
// decision is never nil; the error is that no verdict was reached, which the
// decision says too. Where a policy denies, Allowed is false and the error nil.
func (g *Gate) Decide(ctx context.Context, in Input) (*Decision, error) {
	return verdict(g.decide(ctx, given(in), nil))
}

func given(in Input) func(context.Context) (Input, error) {
	return func(ctx context.Context) (Input, error) { return prepare(ctx, in) }
}

// prepare makes an input of anybody's fit to be judged. Its config becomes JSON
// first: what has a Go type of its own would not be seen by redaction.
func prepare(ctx context.Context, in Input) (Input, error) {
	var err error
	if in.Config, err = jsonObject(in.Config); err != nil {
		return Input{}, fmt.Errorf("input: config: %s", RedactText(err.Error()))
	}
	total(&in)
	return redact(ctx, in)
}

// decision is one that allows nothing yet.
func (g *Gate) decision() *Decision {
	return &Decision{
		ID:         uuid.NewString(),
		Time:       formatTime(g.now()),
		Sources:    []SourceRevision{},
		Violations: []rego.Violation{},
		Warnings:   []string{},
		Errors:     []rego.PolicyError{},
	}
}

// decide asks every source about the input that is made, which is whole and
// redacted. The deadline is one for both. With a reason to refuse, none is asked.
func (g *Gate) decide(ctx context.Context, makeInput func(context.Context) (Input, error), refuse error) *Decision {
	d := g.decision()
	start := time.Now()
	ctx, cancel := deadline.Context(ctx, g.deadline)
	defer cancel()
	defer func() {
		g.redact(ctx, d)
		d.trail.took("sdk_decision_eval", start)
	}()
	policies := make([]policy, len(g.sources))
	for i, s := range g.sources {
		policies[i] = s.policy()
		d.Sources = append(d.Sources, SourceRevision{Name: s.name(), Revision: policies[i].Revision()})
	}
	d.Revision = revision(d.Sources)
	d.trail.policies, d.trail.user = policies, cmp.Or(g.context.User.Name, g.context.User.UID)
	if refuse != nil {
		d.fail("%s", refusal(refuse))
	}
	made, err := deadline.Do(ctx, &g.watch, inputStep, func(*deadline.Call) (question, error) {
		in, err := makeInput(ctx)
		if err != nil {
			return question{}, err
		}
		in.Context = g.context
		in.Context.Time = d.Time
		return newQuestion(in)
	})
	d.trail.took("rego_input_parse", start)
	if err != nil {
		d.fail("%s", err)
		return d
	}
	d.Input = &made.input
	if refuse != nil {
		return d
	}
	if len(g.sources) == 0 {
		d.fail("%s", rego.ErrNoPolicy)
		return d
	}
	allowed := g.ask(ctx, policies, made.value, d)
	d.expired(ctx)
	d.Allowed = allowed && len(d.Errors) == 0
	d.settle()
	return d
}

// record writes d down and returns it as an error.
func (g *Gate) record(ctx context.Context, d *Decision) error {
	// A caller who has gone away is no reason to leave the decision out.
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), g.recordDeadline,
		fmt.Errorf("the deadline of %s passed", g.recordDeadline))
	defer cancel()
	if err := g.tryRecord(ctx, d); err != nil {
		lost := *d
		lost.Errors = slices.Clone(d.Errors)
		lost.fail("decision could not be recorded: %s", RedactText(err.Error()))
		return &UndecidedError{Decision: &lost, Err: err}
	}
	return d.Err()
}

func (g *Gate) tryRecord(ctx context.Context, d *Decision) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = fmt.Errorf("recorder panicked: %T", recover())
		}
	}()
	err = g.recorder.Record(ctx, d)
	returned = true
	return err
}

// Package suite runs suites: lists of servers and of operations on registries,
// each with the decision that policies are expected to reach about it. A suite has the same answer on every
// machine and on every day.
package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Suite is one file of cases.
type Suite struct {
	// File is the path that the suite was read from.
	File  string
	Cases []Case
}

// Case is one server, or one operation on a registry, and what is expected of the
// decision about it.
type Case struct {
	Name string
	// Row is where the case stands in the file.
	Row int
	// Config describes the server, and Command the file that its command is; see
	// [runner.ResolveAsWritten].
	Config  *runner.RunConfig
	Command runner.ResolvedCommand
	// Operation is what is asked for where Config is nil, and Registry what it is
	// about; see [gate.RegistryInput].
	Operation string
	Registry  gate.Registry
	// Time and Environment are those of input.context.
	Time        time.Time
	Environment string
	Expect      Expectation
}

// Expectation is what a case expects.
type Expectation struct {
	Allowed bool
	// Violations are all violations, of every level, in any order; nil expects
	// nothing of them.
	Violations []Violation
	// Warnings is the number of warnings, or -1, which expects nothing.
	Warnings int
}

// Violation is what is expected of one violation: each field that is not nil.
type Violation struct {
	Policy   *string `json:"policy,omitempty"`
	Level    *string `json:"level,omitempty"`
	Msg      *string `json:"msg,omitempty"`
	Path     *string `json:"path,omitempty"`
	Severity *string `json:"severity,omitempty"`
	Waived   *bool   `json:"waived,omitempty"`
}

// Result is what became of one case.
type Result struct {
	File string `json:"file"`
	Name string `json:"name"`
	Row  int    `json:"row"`
	// Outcome is one of rego's: pass, fail, or error where no decision was
	// reached or a policy failed.
	Outcome  string        `json:"outcome"`
	Duration time.Duration `json:"duration_ns"`
	// Error is why there is no decision to compare.
	Error string `json:"error,omitempty"`
	// Diff is a unified diff of what was expected and what was decided.
	Diff string `json:"diff,omitempty"`
	// Reasons are the messages of the decision where the case failed.
	Reasons []string `json:"reasons,omitempty"`
}

// FullName is the name of a case as it is chosen and reported: FILE/NAME.
func (s *Suite) FullName(c Case) string { return filepath.Base(s.File) + "/" + c.Name }

// Run asks the policy of store, and no other, about the cases that match takes;
// nil takes all.
func (s *Suite) Run(ctx context.Context, store *rego.Store, match func(name string) bool) ([]Result, error) {
	var results []Result
	for _, c := range s.Cases {
		if match != nil && !match(s.FullName(c)) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		began := time.Now()
		r := c.run(ctx, store)
		r.File, r.Name, r.Row, r.Duration = s.File, c.Name, c.Row, time.Since(began)
		results = append(results, r)
	}
	return results, ctx.Err()
}

// deadline is generous: a slow machine is no reason for another answer.
const deadline = 30 * time.Second

func (c Case) run(ctx context.Context, store *rego.Store) Result {
	d, err := c.decide(ctx, store)
	if err == nil && len(d.Errors) > 0 {
		err = &gate.UndecidedError{Decision: d}
	}
	if err != nil {
		return Result{Outcome: rego.OutcomeError, Error: err.Error()}
	}
	want, got := c.Expect.compare(d)
	if want == got {
		return Result{Outcome: rego.OutcomePass}
	}
	r := Result{Outcome: rego.OutcomeFail, Diff: udiff.Unified("want", "got", want, got)}
	for _, v := range d.Violations {
		r.Reasons = append(r.Reasons, fmt.Sprintf("%s: %s: %s", v.Level, v.Policy, v.Msg))
	}
	for _, w := range d.Warnings {
		r.Reasons = append(r.Reasons, "warning: "+w)
	}
	return r
}

func (c Case) decide(ctx context.Context, store *rego.Store) (*gate.Decision, error) {
	in, err := c.Input(ctx)
	if err != nil {
		return nil, err
	}
	g, err := gate.New(gate.Config{
		Stores:   []*rego.Store{store},
		Deadline: deadline,
		Context: gate.Context{
			User:        gate.User{Name: "user", UID: "1000", Groups: []string{}},
			Host:        gate.Host{Name: "host", OS: "linux", Arch: "amd64"},
			Runner:      gate.Runner{Name: "mcp-runner", Version: "suite"},
			Environment: c.Environment,
		},
		Now: func() time.Time { return c.Time },
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	return g.Decide(ctx, in)
}

// Input is what policies see of c, but for its context.
func (c Case) Input(ctx context.Context) (gate.Input, error) {
	if c.Config == nil {
		return gate.RegistryInput(c.Operation, c.Registry)
	}
	resolved, err := runner.ResolveAsWritten(ctx, c.Config, c.Command)
	if err != nil {
		return gate.Input{}, err
	}
	return gate.InputFor(resolved)
}

// outcome is a decision as far as a case can expect something of it.
type outcome struct {
	Allowed    bool        `json:"allowed"`
	Violations []Violation `json:"violations,omitzero"`
	Warnings   *int        `json:"warnings,omitempty"`
}

func (o outcome) String() string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(o); err != nil {
		return err.Error() // strings and booleans always encode
	}
	return b.String()
}

// compare returns what is expected and what was decided as texts, which are
// equal where the case passes.
func (e Expectation) compare(d *gate.Decision) (want, got string) {
	w, g := outcome{Allowed: e.Allowed}, outcome{Allowed: d.Allowed}
	if e.Warnings >= 0 {
		n := len(d.Warnings)
		w.Warnings, g.Warnings = &e.Warnings, &n
	}
	if e.Violations != nil {
		w.Violations, g.Violations = assign(e.Violations, d.Violations)
	}
	return w.String(), g.String()
}

// assign pairs what is expected with the violations that are there, as many as
// can be. Each pair stands at the same place of both lists and looks the same;
// what is left over stands behind.
func assign(expected []Violation, actual []rego.Violation) (want, got []Violation) {
	partner := make([]int, len(actual)) // the expected one, or -1
	for i := range partner {
		partner[i] = -1
	}
	var find func(e int, tried []bool) bool
	find = func(e int, tried []bool) bool {
		for a, v := range actual {
			if tried[a] || !expected[e].matches(v) {
				continue
			}
			tried[a] = true
			if partner[a] < 0 || find(partner[a], tried) {
				partner[a] = e
				return true
			}
		}
		return false
	}
	want, got = []Violation{}, []Violation{}
	for e := range expected {
		find(e, make([]bool, len(actual)))
	}
	paired := map[int]bool{}
	for _, e := range partner {
		if e >= 0 {
			paired[e] = true
			want, got = append(want, expected[e]), append(got, expected[e])
		}
	}
	for e := range expected {
		if !paired[e] {
			want = append(want, expected[e])
		}
	}
	for a, v := range actual {
		if partner[a] < 0 {
			waived := v.Waiver != nil
			got = append(got, Violation{Policy: &v.Policy, Level: &v.Level, Msg: &v.Msg, Path: &v.Path, Severity: &v.Severity, Waived: &waived})
		}
	}
	return want, got
}

func (e Violation) matches(v rego.Violation) bool {
	equal := func(want *string, have string) bool { return want == nil || *want == have }
	return equal(e.Policy, v.Policy) && equal(e.Level, v.Level) && equal(e.Msg, v.Msg) && equal(e.Path, v.Path) &&
		equal(e.Severity, v.Severity) && (e.Waived == nil || *e.Waived == (v.Waiver != nil))
}

var errNoCases = errors.New("there is no case in it")

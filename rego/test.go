package rego

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestConfig says which tests of a source to run, and how.
type TestConfig struct {
	LoadConfig
	// Run is a regular expression over the full names of tests, which begin with
	// "data."; "" runs them all.
	Run string
	// Coverage asks for the lines that the tests went through.
	Coverage bool
	// Timeout bounds one test; 0 means five seconds.
	Timeout time.Duration
	// Redact takes secrets out of every text of the report that may quote a
	// value; nil leaves them.
	Redact func(string) string
}

// Outcomes of a test.
const (
	OutcomePass  = "pass"
	OutcomeFail  = "fail"
	OutcomeError = "error" // an evaluation failed, as the gate counts failures
	OutcomeSkip  = "skip"  // the name begins with todo_
)

// TestReport is what the tests of one source said.
type TestReport struct {
	// Tests are sorted by file, row and name.
	Tests []TestResult `json:"tests"`
	// Coverage is nil where it was not asked for.
	Coverage *Coverage `json:"coverage,omitempty"`
}

// TestResult is the result of one test rule.
type TestResult struct {
	// Package is the package without "data.", and Name that of the rule.
	Package  string        `json:"package"`
	Name     string        `json:"name"`
	File     string        `json:"file"`
	Row      int           `json:"row"`
	Outcome  string        `json:"outcome"`
	Duration time.Duration `json:"duration_ns"`
	// Output is what print wrote.
	Output string `json:"output,omitempty"`
	// Error is why the test could not be evaluated.
	Error string `json:"error,omitempty"`
	// Cases are those of a test of the form test_x[name].
	Cases []TestCase `json:"cases,omitempty"`
	// Failure is where the test failed; nil where there are Cases, which have
	// their own, or where the evaluation does not say.
	Failure *Failure `json:"failure,omitempty"`
}

// TestCase is one case of a test.
type TestCase struct {
	Name    string   `json:"name"`
	Outcome string   `json:"outcome"`
	Failure *Failure `json:"failure,omitempty"`
}

// Test runs the Rego tests of a source: the rules test_… of its files …_test.rego
// and of its packages …_test, against the policies as the gate loads them. A
// test that makes a builtin fail is an error, as it is in the gate, and builtins
// that the gate refuses do not compile. The error is that the source does not
// load, with or without its tests.
func Test(ctx context.Context, cfg TestConfig) (*TestReport, error) {
	if _, err := regexp.Compile(cfg.Run); err != nil {
		return nil, fmt.Errorf("the tests to run: %w", err)
	}
	if cfg.Redact == nil {
		cfg.Redact = func(s string) string { return s }
	}
	src, tests, err := readTests(ctx, cfg.LoadConfig)
	if err != nil {
		return nil, sourceError(cfg.LoadConfig, err)
	}
	t, err := newTestRun(ctx, cfg, src, tests)
	if err != nil {
		return nil, sourceError(cfg.LoadConfig, err)
	}
	report, err := t.run(ctx)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, sourceError(cfg.LoadConfig, err)
	}
	return report, nil
}

// readTests loads a source as the gate does and then reads its tests, which the
// gate never sees: the files of tests, and the test packages in other files.
func readTests(ctx context.Context, cfg LoadConfig) (*source, []*module, error) {
	snap, err := steadySnapshot(ctx, cfg, nil)
	if err != nil {
		return nil, nil, err
	}
	_, c, err := examine(ctx, cfg, snap)
	if err != nil {
		return nil, nil, err
	}
	tests, errs := testModules(snap)
	for _, m := range tests {
		errs = append(errs, checkRefs(m, c.src.builtins)...)
	}
	return c.src, tests, join(errs)
}

// testRun is one run over the tests of a source.
type testRun struct {
	cfg      TestConfig
	src      *source
	unit     *unitCompiler // knows what the errors of a compiler mean
	compiler *ast.Compiler
	store    storage.Store
	modules  map[string]*ast.Module
}

// newTestRun prepares the compiler of the tests: that of the gate, but all
// policies and tests together, and print does print.
func newTestRun(ctx context.Context, cfg TestConfig, src *source, tests []*module) (*testRun, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	library, err := libPackages("mcp", "lib")
	if err != nil {
		return nil, err
	}
	c, err := newUnitCompiler(src, nil)
	if err != nil {
		return nil, err
	}
	t := &testRun{cfg: cfg, src: src, unit: c, store: c.store, modules: map[string]*ast.Module{}}
	src.byFile = maps.Clone(src.byFile)
	for _, m := range slices.Concat(src.modules, tests, library) {
		t.modules[m.name], src.byFile[m.name] = m.ast, m
	}
	t.compiler = ast.NewCompiler().
		WithCapabilities(src.builtins.caps()).
		WithDefaultRegoVersion(ast.RegoV1).
		WithEnablePrintStatements(true)
	return t, nil
}

func (t *testRun) run(ctx context.Context) (_ *TestReport, err error) {
	defer recoverPanic(&err)
	txn, err := t.store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer t.store.Abort(ctx, txn)
	runner := tester.NewRunner().
		SetStore(t.store).
		SetCompiler(t.compiler).
		SetModules(t.modules).
		SetDefaultRegoVersion(ast.RegoV1).
		SetTimeout(cmp.Or(t.cfg.Timeout, 5*time.Second)).
		RaiseBuiltinErrors(true).
		Filter(t.cfg.Run)
	covered := cover.New()
	if t.cfg.Coverage {
		// Lines that only another way to evaluate would reach are not covered.
		runner.SetCoverageQueryTracer(covered).SetCoverageRuns(nil)
	}
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		if list, ok := errors.AsType[ast.Errors](err); ok {
			err = t.unit.compileFaults(list)
		}
		return nil, err
	}
	report := &TestReport{Tests: []TestResult{}}
	for r := range results {
		report.Tests = append(report.Tests, t.result(ctx, txn, r))
	}
	slices.SortFunc(report.Tests, func(a, b TestResult) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Name, b.Name))
	})
	if t.cfg.Coverage {
		report.Coverage = t.coverage(covered)
	}
	return report, nil
}

// result describes one result, and evaluates a test that failed once more to see
// where.
func (t *testRun) result(ctx context.Context, txn storage.Transaction, r *tester.Result) TestResult {
	out := TestResult{
		Package:  strings.TrimPrefix(r.Package, "data."),
		Name:     r.Name,
		Outcome:  OutcomePass,
		Duration: r.Duration,
		Output:   t.cfg.Redact(string(r.Output)),
	}
	if r.Location != nil {
		out.File, out.Row = r.Location.File, r.Location.Row
	}
	switch {
	case r.Skip:
		out.Outcome = OutcomeSkip
		return out
	case r.Error != nil:
		out.Outcome, out.Error = OutcomeError, t.cfg.Redact(r.Error.Error())
		return out
	case r.Fail:
		out.Outcome = OutcomeFail
	}
	for name, sub := range r.SubResults.Iter {
		if len(sub.SubResults) > 0 {
			continue
		}
		c := TestCase{Name: t.cfg.Redact(strings.Join(name, "/")), Outcome: OutcomePass}
		if sub.Fail {
			c.Outcome = OutcomeFail
			c.Failure = t.failure(ctx, txn, r, caseKey(name))
		}
		out.Cases = append(out.Cases, c)
	}
	if r.Fail && len(out.Cases) == 0 {
		out.Failure = t.failure(ctx, txn, r, "")
	}
	return out
}

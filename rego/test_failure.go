package rego

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

// Failure is where a test failed, and what was different there.
type Failure struct {
	// Step is the expression that was not true.
	Step
	// Diff is a unified diff of the two sides of an equality, as JSON; "" where
	// the expression is none.
	Diff string `json:"diff,omitempty"`
	// Hint is what is known to be the cause, or "".
	Hint string `json:"hint,omitempty"`
	// Trace are the rules that the expression led to.
	Trace []RuleTrace `json:"trace"`
}

// failure evaluates a test that failed once more and says where it stopped; nil
// where that is not to be found out.
func (t *testRun) failure(ctx context.Context, txn storage.Transaction, r *tester.Result, testCase string) *Failure {
	path := t.testRef(r)
	if path == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(t.cfg.Timeout, 5*time.Second))
	defer cancel()
	tr := newTracer(t.cfg.Redact)
	// The test has failed already: what matters is how, and a second error or a
	// deadline leaves what was traced until then.
	_, _ = t.ask(ctx, txn, path, nil, rego.EvalQueryTracer(tr),
		rego.EvalRuleIndexing(false)) // a rule that an index leaves out would not say why
	var stopped *stop
	below := tr.first
	for _, f := range tr.frames {
		if f.rule == nil || ruleName(f.rule) != path.String() {
			continue
		}
		s := f.stop
		if testCase != "" {
			s = f.cases[testCase]
		}
		if s != nil && (stopped == nil || s.expr.Index > stopped.expr.Index) {
			stopped, below = s, f
		}
	}
	if stopped == nil {
		return nil
	}
	deepest := stopped.deepest()
	failure := &Failure{Step: tr.step(deepest.seen), Diff: t.diff(deepest.left, deepest.right)}
	own := func(rule *ast.Rule) bool {
		return !strings.HasPrefix(rule.Location.File, libPrefix) && ruleName(rule) != path.String()
	}
	if failure.Trace = tr.ruleTraces(stopped.below, own); len(failure.Trace) == 0 {
		failure.Trace = tr.ruleTraces(below.children, own)
	}
	if n := len(failure.Trace) - maxTraced; n > 0 {
		failure.Trace = failure.Trace[n:] // the last are the nearest
	}
	failure.Hint = t.refusedPatch(ctx, txn, append([]*frame{below}, stopped.below...))
	return failure
}

// maxTraced bounds the rules in the trace of a failure.
const maxTraced = 12

// testRef is the path of the rule that a result is of.
func (t *testRun) testRef(r *tester.Result) ast.Ref {
	for _, m := range t.compiler.Modules {
		for _, rule := range m.Rules {
			if rule.Loc() != r.Location {
				continue
			}
			path := m.Package.Path
			for _, term := range rule.Head.Ref().GroundPrefix() {
				name, ok := term.Value.(ast.String)
				if v, isVar := term.Value.(ast.Var); isVar {
					name, ok = ast.String(v), true
				}
				if !ok {
					return nil
				}
				path = path.Append(ast.NewTerm(name))
				if strings.HasPrefix(string(name), tester.TestPrefix) {
					return path
				}
			}
		}
	}
	return nil
}

// ask evaluates one reference and returns its value, or nil where it is
// undefined.
func (t *testRun) ask(ctx context.Context, txn storage.Transaction, ref ast.Ref, args []*ast.Term, opts ...rego.EvalOption) (ast.Value, error) {
	term := ast.NewTerm(ref)
	if len(args) > 0 {
		term = ast.CallTerm(append([]*ast.Term{term}, args...)...)
	}
	query, err := rego.New(
		rego.Compiler(t.compiler),
		rego.Store(t.store),
		rego.Transaction(txn),
		rego.ParsedQuery(ast.NewBody(ast.Equality.Expr(ast.VarTerm("result"), term))),
		rego.GenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value, nil }),
	).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	results, err := query.Eval(ctx, append(opts, rego.EvalTransaction(txn), rego.EvalExternalCancel(&call{&deadline.Call{}, ctx}))...)
	if err != nil || len(results) == 0 {
		return nil, err
	}
	v, _ := results[0].Bindings["result"].(ast.Value) // nil means undefined, too
	return v, nil
}

// refusedPatch says which fields mcp.lib.input_with refused, where that made the
// test fail.
func (t *testRun) refusedPatch(ctx context.Context, txn storage.Transaction, frames []*frame) string {
	var patch ast.Value
	var walk func([]*frame)
	walk = func(frames []*frame) {
		for _, f := range frames {
			if f.stop != nil && f.stop.patch != nil {
				patch = f.stop.patch
			}
			walk(f.children)
		}
	}
	walk(frames)
	if patch == nil {
		return ""
	}
	strays, err := t.ask(ctx, txn, ast.MustParseRef("data.mcp.lib.strays"), []*ast.Term{ast.NewTerm(patch)})
	set, ok := strays.(ast.Set)
	if err != nil || !ok || set.Len() == 0 {
		return ""
	}
	var fields []string
	set.Sorted().Foreach(func(term *ast.Term) {
		fields = append(fields, fieldName(term))
	})
	above := slices.Clone(fields)
	fields = slices.DeleteFunc(fields, func(field string) bool { // what stands below another
		return slices.ContainsFunc(above, func(s string) bool { return strings.HasPrefix(field, s+".") })
	})
	return t.cfg.Redact(fmt.Sprintf("lib.input_with refuses %s: the input has no such field, or one of another type",
		strings.Join(fields, ", ")))
}

// fieldName is a path, which mcp.lib.strays writes as a JSON list, with dots.
func fieldName(term *ast.Term) string {
	text, _ := term.Value.(ast.String) // what is no string is no path
	var path []any
	if json.Unmarshal([]byte(text), &path) != nil {
		return string(text)
	}
	words := make([]string, len(path))
	for i, step := range path {
		words[i] = fmt.Sprint(step)
	}
	return strings.Join(words, ".")
}

// maxDiff bounds the lines of a diff.
const maxDiff = 60

// diff compares two values as JSON.
func (t *testRun) diff(left, right ast.Value) string {
	if left == nil || right == nil {
		return ""
	}
	a, b := t.pretty(left), t.pretty(right)
	if a == b {
		return fmt.Sprintf("--- left\n+++ right\n-%s\n+%s\n", ast.ValueName(left), ast.ValueName(right))
	}
	if strings.Count(a, "\n")+strings.Count(b, "\n") == 2 {
		return fmt.Sprintf("--- left\n+++ right\n-%s+%s", a, b)
	}
	lines := strings.SplitAfter(udiff.Unified("left", "right", a, b), "\n")
	if n := len(lines) - maxDiff; n > 0 {
		lines = append(lines[:maxDiff], fmt.Sprintf("and %d more lines\n", n))
	}
	return strings.Join(lines, "")
}

func (t *testRun) pretty(v ast.Value) string {
	raw, err := ast.JSON(v)
	if err != nil {
		return t.cfg.Redact(v.String()) + "\n"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(raw); err != nil {
		return t.cfg.Redact(v.String()) + "\n"
	}
	return t.cfg.Redact(b.String())
}

// caseName names a case of a test as the tester does.
func caseName(v ast.Value) string {
	path, ok := v.(*ast.Array)
	if !ok {
		return ""
	}
	var names []string
	path.Foreach(func(term *ast.Term) {
		if s, ok := term.Value.(ast.String); ok {
			names = append(names, string(s))
			return
		}
		names = append(names, term.Value.String())
	})
	return caseKey(names)
}

func caseKey(names []string) string { return strings.Join(names, "\x00") }

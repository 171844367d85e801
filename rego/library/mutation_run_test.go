package library_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// mutantTimeout is how long one test may take. A mutant that loops is noticed.
const mutantTimeout = 5 * time.Second

// fate is what became of a mutant.
type fate int

const (
	survived   fate = iota
	killed          // a test fails, or its evaluation does
	uncompiled      // it does not compile, so nobody ships it
)

// suite is the tests of one policy, or of mcp.lib, with all that they need.
type suite struct {
	name string
	// own are the modules to change, by file; rest are the tests and what both
	// refer to.
	own, rest map[string]*ast.Module
	// tests are the references of the tests: those that noticed a mutant last
	// stand first.
	tests []suiteTest
	store storage.Store
}

type suiteTest struct {
	ref ast.Ref
	// cases says that the test is of the form test_x[name].
	cases bool
	// want is its value where nothing is changed.
	want ast.Value
}

// newSuite prepares the tests whose package is name with _test. The error says
// that they do not pass.
func newSuite(ctx context.Context, name string, own, rest map[string]*ast.Module) (*suite, error) {
	s := &suite{name: name, own: own, rest: rest, store: inmem.New()}
	c, err := s.compile(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(rest)) {
		m := rest[file]
		if !strings.HasSuffix(m.Package.Path.String(), "_test") {
			continue
		}
		seen := map[string]bool{}
		for _, r := range c.Modules[file].Rules {
			ref := r.Head.Ref()
			rule := ruleName(r)
			if !strings.HasPrefix(rule, tester.TestPrefix) || seen[rule] {
				continue
			}
			seen[rule] = true
			t := suiteTest{ref: m.Package.Path.Extend(ref[:1]), cases: len(ref) > 1}
			value, started, err := s.eval(ctx, c, t, true)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.ref, err)
			}
			if !t.passes(value, started) {
				return nil, fmt.Errorf("%s: the test fails", t.ref)
			}
			t.want = value
			s.tests = append(s.tests, t)
		}
	}
	if len(s.tests) == 0 {
		return nil, fmt.Errorf("%s: no test", name)
	}
	return s, nil
}

// try compiles a mutant of a file and runs the tests until one of them fails.
func (s *suite) try(ctx context.Context, file string, m mutant) (fate, error) {
	c, err := s.compile(ctx, map[string]*ast.Module{file: m.make()})
	if err != nil {
		return uncompiled, ctx.Err()
	}
	for i, t := range s.tests {
		value, _, err := s.eval(ctx, c, t, false)
		if err == nil && value != nil && value.Compare(t.want) == 0 {
			continue
		}
		if err == nil && t.cases {
			// Fewer cases are no failure where they come from the policy.
			var started []*ast.Array
			value, started, err = s.eval(ctx, c, t, true)
			if err == nil && t.passes(value, started) {
				continue
			}
		}
		if ctx.Err() != nil {
			return survived, ctx.Err()
		}
		s.tests = slices.Insert(slices.Delete(s.tests, i, i+1), 0, t)
		return killed, nil
	}
	return survived, nil
}

// compile compiles everything with some modules changed, as `opa test` does.
func (s *suite) compile(ctx context.Context, changed map[string]*ast.Module) (*ast.Compiler, error) {
	modules := maps.Clone(s.rest)
	maps.Copy(modules, s.own)
	maps.Copy(modules, changed)
	c := ast.NewCompiler()
	// The runner gives the compiler what notes the cases of a test.
	results, err := tester.NewRunner().SetCompiler(c).SetStore(s.store).SetModules(modules).Filter("^$").RunTests(ctx, nil)
	if err != nil {
		return nil, err
	}
	for range results {
		return nil, fmt.Errorf("%s: a test without a name", s.name)
	}
	return c, nil
}

// eval evaluates a test, and returns the cases that were begun if asked to.
func (s *suite) eval(ctx context.Context, c *ast.Compiler, t suiteTest, trace bool) (value ast.Value, started []*ast.Array, err error) {
	ctx, cancel := context.WithTimeout(ctx, mutantTimeout)
	defer cancel()
	stop := stopAt{ctx}
	txn, err := s.store.NewTransaction(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer s.store.Abort(ctx, txn)
	body, err := c.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(ast.VarTerm("value"), ast.NewTerm(t.ref))))
	if err != nil {
		return nil, nil, err
	}
	query := topdown.NewQuery(body).
		WithCompiler(c).
		WithStore(s.store).
		WithTransaction(txn).
		WithCancel(stop).
		WithStrictBuiltinErrors(true)
	cases := &caseTracer{}
	if trace {
		query = query.WithQueryTracer(cases)
	}
	err = query.Iter(ctx, func(r topdown.QueryResult) error {
		value = r["value"].Value
		return nil
	})
	return value, cases.started, err
}

// passes says whether `opa test` would let the test pass.
func (t suiteTest) passes(value ast.Value, started []*ast.Array) bool {
	if !t.cases {
		return value != nil && value.Compare(ast.Boolean(true)) == 0
	}
	if value == nil || !allTrue(value) {
		return false
	}
	for _, name := range started {
		at := value
		for i := range name.Len() {
			o, ok := at.(ast.Object)
			if !ok || o.Get(name.Elem(i)) == nil {
				return false
			}
			at = o.Get(name.Elem(i)).Value
		}
	}
	return true
}

func allTrue(v ast.Value) bool {
	o, ok := v.(ast.Object)
	if !ok {
		return v.Compare(ast.Boolean(true)) == 0
	}
	return !o.Until(func(_, v *ast.Term) bool { return !allTrue(v.Value) })
}

// caseTracer notes the cases of a test that were begun.
type caseTracer struct{ started []*ast.Array }

func (*caseTracer) Enabled() bool               { return true }
func (*caseTracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

func (c *caseTracer) TraceEvent(e topdown.Event) {
	if e.Op != topdown.TestCaseOp {
		return
	}
	if expr, ok := e.Node.(*ast.Expr); ok {
		if name, ok := expr.Operand(0).Value.(*ast.Array); ok {
			c.started = append(c.started, name)
		}
	}
}

// stopAt makes OPA heed a context.
type stopAt struct{ ctx context.Context }

func (stopAt) Cancel()           {}
func (s stopAt) Cancelled() bool { return s.ctx.Err() != nil }

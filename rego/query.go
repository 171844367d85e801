package rego

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// query is a query that is ready to be evaluated, by many at once. It goes to the
// evaluator of OPA without OPA's own prepared query, which costs about as much as
// a small policy does.
type query struct {
	comp *ast.Compiler
	body ast.Body
	vars ast.QueryCompiler // knows what is what in body
	// lenient makes a builtin that fails undefined, rather than an error of all.
	lenient bool
}

func newQuery(comp *ast.Compiler, body ast.Body) (*query, error) {
	vars := comp.QueryCompiler()
	body, err := vars.Compile(body)
	if err != nil {
		return nil, err
	}
	return &query{comp: comp, body: body, vars: vars}, nil
}

// question is what a query is asked about.
type question struct {
	input *ast.Term
	store storage.Store
	txn   storage.Transaction
	// rules and values are what was evaluated and read before; nil is nothing.
	rules  topdown.VirtualCache
	values topdown.BaseCache
	// now is what the clock says; zero is when the query is run.
	now time.Time
	// adjust changes the evaluation; nil changes nothing.
	adjust func(*topdown.Query)
}

// answer has the variables of a query.
type answer topdown.QueryResult

// value returns that of a variable, nil where it is undefined.
func (a answer) value(name string) ast.Value {
	if term := a[ast.Var(name)]; term != nil {
		return term.Value
	}
	return nil
}

// run evaluates a query that has exactly one answer, and returns its variables.
func (q *query) run(c *call, about question) (row answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			row, err = nil, panicError(v)
		}
	}()
	t := topdown.NewQuery(q.body).
		WithQueryCompiler(q.vars).
		WithCompiler(q.comp).
		WithStore(about.store).
		WithTransaction(about.txn).
		WithInput(about.input).
		WithStrictBuiltinErrors(!q.lenient).
		WithMetrics(metrics.NoOp()).
		WithCancel(c)
	if about.rules != nil {
		t = t.WithVirtualCache(about.rules).WithBaseCache(about.values)
	}
	if !about.now.IsZero() {
		t = t.WithTime(about.now)
	}
	if about.adjust != nil {
		about.adjust(t)
	}
	answers := 0
	err = t.Iter(c.ctx, func(r topdown.QueryResult) error {
		answers++
		row = answer(r)
		return nil
	})
	switch {
	case err != nil:
		return nil, evalError(err)
	case answers != 1:
		return nil, fmt.Errorf("the evaluation gave %d results, want one", answers)
	}
	return row, nil
}

// policyData is the data of one policy.
type policyData struct{ store storage.Store }

// begin returns what of a question is the same for all queries on the data. The
// caller ends it.
func (d policyData) begin(ctx context.Context, input ast.Value) (question, func(), error) {
	txn, err := d.store.NewTransaction(ctx)
	if err != nil {
		return question{}, nil, err
	}
	return question{input: ast.NewTerm(input), store: d.store, txn: txn}, func() { d.store.Abort(ctx, txn) }, nil
}

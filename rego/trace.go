package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	maxFrames  = 20_000 // queries of one evaluation that are kept
	maxShown   = 160    // bytes of one text or value
	maxMembers = 100    // members of one set whose way is kept
	maxRules   = 50     // rules of one explanation
)

// tracer follows one evaluation: which rules were tried, where each stopped, and
// what led to each member of a set.
type tracer struct {
	// redact takes secrets out of what is shown.
	redact func(string) string
	frames map[uint64]*frame
	first  *frame
}

func newTracer(redact func(string) string) *tracer {
	return &tracer{redact: redact, frames: map[uint64]*frame{}}
}

// frame is one query: the body of a rule, of a not, an every or a comprehension.
type frame struct {
	rule     *ast.Rule // nil where the body is of no rule
	body     ast.Body
	children []*frame
	held     bool
	stop     *stop
	members  []memberTrace
	// reads are the JSON Pointers that the body refers to below input.
	reads map[string]bool

	// row is the row that is evaluated, and since where its children begin.
	row, since int
	// left and right are the first values that the expression compared.
	left, right ast.Value
	// testCase is the case of a test that is evaluated, and cases where each stopped.
	testCase string
	cases    map[string]*stop
}

// stop is an expression that was not true.
type stop struct {
	expr        *ast.Expr
	seen        sight
	left, right ast.Value
	// patch is the argument of mcp.lib.input_with where that is undefined.
	patch ast.Value
	// below are the queries that the expression and those beside it asked.
	below []*frame
}

// memberTrace is one time that a rule of a set held.
type memberTrace struct {
	value ast.Value
	steps []sight
}

// sight is an expression and the values that it was about, as the evaluation had
// them then. What is shown of it, [tracer.step] makes once it is known which
// sights matter.
type sight struct {
	expr   *ast.Expr
	names  []string
	values []ast.Value
}

// Enabled implements [topdown.QueryTracer].
func (t *tracer) Enabled() bool { return true }

// Config implements [topdown.QueryTracer]. The names of variables are wanted.
func (t *tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent implements [topdown.QueryTracer].
func (t *tracer) TraceEvent(e topdown.Event) {
	if e.Op == topdown.EnterOp {
		t.enter(e)
		return
	}
	f := t.frames[e.QueryID]
	if f == nil {
		return
	}
	switch node := e.Node.(type) {
	case *ast.Rule:
		if e.Op == topdown.ExitOp {
			f.held = true
			f.member(node, e)
		}
	case *ast.Expr:
		switch e.Op {
		case topdown.EvalOp:
			f.eval(node, e)
		case topdown.UnifyOp:
			f.unify(node, e)
		case topdown.FailOp:
			f.fail(node, e)
		case topdown.TestCaseOp:
			f.testCase = caseName(e.Plug(node.Operand(0)).Value)
		}
	}
}

func (t *tracer) enter(e topdown.Event) {
	if t.frames[e.QueryID] != nil || len(t.frames) >= maxFrames {
		return
	}
	f := &frame{reads: map[string]bool{}, cases: map[string]*stop{}}
	switch node := e.Node.(type) {
	case *ast.Rule:
		f.rule, f.body = node, node.Body
	case ast.Body:
		f.body = node
	}
	t.frames[e.QueryID] = f
	if parent := t.frames[e.ParentID]; parent != nil && parent != f {
		parent.children = append(parent.children, f)
	}
	if t.first == nil {
		t.first = f
	}
}

func (f *frame) eval(expr *ast.Expr, e topdown.Event) {
	f.left, f.right = nil, nil
	if expr.Location != nil && expr.Location.Row != f.row {
		f.row, f.since = expr.Location.Row, len(f.children)
	}
	ast.WalkRefs(expr, func(ref ast.Ref) bool {
		if at, ok := inputPointer(ref, e); ok {
			f.reads[at] = true
		}
		return false
	})
}

// unify keeps the first two values that meet: those of the whole expression.
func (f *frame) unify(expr *ast.Expr, e topdown.Event) {
	if f.left != nil {
		return
	}
	left, right := e.Plug(expr.Operand(0)), e.Plug(expr.Operand(1))
	if constant(left) && constant(right) {
		f.left, f.right = left.Value, right.Value
	}
}

// constant says that a term is a value, and neither a variable nor a reference.
func constant(t *ast.Term) bool {
	switch t.Value.(type) {
	case ast.Var, ast.Ref, ast.Call:
		return false
	}
	return t.IsGround()
}

func (f *frame) fail(expr *ast.Expr, e topdown.Event) {
	old := f.stop
	if f.testCase != "" {
		old = f.cases[f.testCase]
	}
	if old != nil && old.expr.Index > expr.Index {
		return
	}
	s := &stop{expr: expr, seen: f.look(expr, e), below: slices.Clone(f.children[f.since:])}
	s.left, s.right = compared(f, expr, e)
	if op := expr.Operator(); expr.IsCall() && op.String() == "data.mcp.lib.input_with" {
		s.patch = e.Plug(expr.Operand(0)).Value
	}
	f.stop = s
	if f.testCase != "" {
		f.cases[f.testCase] = s
	}
}

// compared returns the two sides of an equality, as they stand in the
// expression.
func compared(f *frame, expr *ast.Expr, e topdown.Event) (left, right ast.Value) {
	if expr.Negated || !expr.IsEquality() && !(expr.IsCall() && expr.Operator().Equal(ast.Equal.Ref())) {
		return nil, nil
	}
	a, b := e.Plug(expr.Operand(0)), e.Plug(expr.Operand(1))
	switch {
	case constant(a) && constant(b):
		return a.Value, b.Value
	case f.left == nil:
		return nil, nil
	case constant(b) && b.Value.Compare(f.left) == 0, constant(a) && a.Value.Compare(f.right) == 0:
		return f.right, f.left
	default:
		return f.left, f.right
	}
}

// member notes what a rule of a set collected, and what was true then.
func (f *frame) member(rule *ast.Rule, e topdown.Event) {
	if rule.Head.Key == nil || len(f.members) >= maxMembers {
		return
	}
	m := memberTrace{value: e.Plug(rule.Head.Key).Value}
	for _, expr := range rule.Body {
		if !expr.Generated && expr.Location != nil {
			m.steps = append(m.steps, f.look(expr, e))
		}
	}
	f.members = append(f.members, m)
}

package rego

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// decider is mcp.gate, ready to be asked.
type decider struct {
	query *query
	none  policyData // it refers to no data
}

// decision prepares mcp.gate, once for all sources.
var decision = sync.OnceValues(func() (*decider, error) {
	modules, err := libPackages("mcp")
	if err != nil {
		return nil, err
	}
	c := &unitCompiler{src: &source{}}
	comp, err := c.modules(modules)
	if err != nil {
		return nil, err
	}
	call := ast.NewTerm(ast.MustParseRef("data.mcp.gate.decide"))
	body := ast.NewBody(ast.Equality.Expr(ast.VarTerm("result"), ast.CallTerm(call, ast.NewTerm(ast.InputRootRef))))
	query, err := newQuery(comp, body)
	if err != nil {
		return nil, err
	}
	return &decider{query: query, none: policyData{inmem.New()}}, nil
})

var (
	termPolicies = ast.StringTerm("policies")
	termSettings = ast.StringTerm("settings")
	termInput    = ast.StringTerm("input")
	termNames    = ast.StringTerm("names")
)

// decide makes the result of the answers of the policies of p; those that are not
// in answers said nothing. Where the decision logic fails, the result says so and
// allows nothing.
func (d *decider) decide(c *call, p *Policy, answers *ast.Term, input ast.Value) Result {
	question := ast.NewObject(
		[2]*ast.Term{termPolicies, answers},
		[2]*ast.Term{termSettings, p.settingsTerm},
		[2]*ast.Term{termInput, ast.NewTerm(input)},
		[2]*ast.Term{termNames, p.names},
	)
	r, err := d.ask(c, question)
	if err != nil {
		return Result{
			Violations: []Violation{},
			Warnings:   append([]string{}, p.warnings...),
			Errors:     []PolicyError{{Msg: fmt.Sprintf("the decision failed: %s", err)}},
		}
	}
	for i := range r.Violations {
		r.Violations[i].Source = p.name
	}
	r.Warnings = append(r.Warnings, p.warnings...)
	slices.Sort(r.Warnings)
	r.Warnings = slices.Compact(r.Warnings)
	return r
}

func (d *decider) ask(c *call, input ast.Value) (Result, error) {
	about, end, err := d.none.begin(c.ctx, input)
	if err != nil {
		return Result{}, err
	}
	defer end()
	row, err := d.query.run(c, about)
	if err != nil {
		return Result{}, err
	}
	v := row.value("result")
	if v == nil {
		return Result{}, errors.New("the result is undefined")
	}
	if size(v, maxResult) > maxResult {
		return Result{}, fmt.Errorf("its result takes more than %d KiB: waivers and metadata are part of it", maxResult>>10)
	}
	raw, err := ast.JSON(v)
	if err != nil {
		return Result{}, err
	}
	return decodeResult(raw)
}

// decodeResult reads what decide returned. Anything that is not exactly of the
// form of the contract is an error, and so is a verdict that the violations and
// errors beside it contradict.
func decodeResult(raw any) (Result, error) {
	o := newObject("result", raw)
	r := Result{
		Allowed:    field[bool](o, "allowed"),
		Violations: []Violation{},
		Warnings:   []string{},
		Errors:     []PolicyError{},
	}
	for _, v := range field[[]any](o, "violations") {
		violation, err := decodeViolation(v)
		o.err = cmp.Or(o.err, err)
		r.Violations = append(r.Violations, violation)
	}
	for _, v := range field[[]any](o, "warnings") {
		s, ok := v.(string)
		if !ok {
			o.fail("warnings: want strings, not %s", typeName(v))
		}
		r.Warnings = append(r.Warnings, s)
	}
	for _, v := range field[[]any](o, "errors") {
		e := newObject("error", v)
		r.Errors = append(r.Errors, PolicyError{Policy: field[string](e, "policy"), Msg: field[string](e, "msg")})
		o.err = cmp.Or(o.err, e.done())
	}
	if err := o.done(); err != nil {
		return Result{}, err
	}
	blocked := len(r.Errors) > 0 || slices.ContainsFunc(r.Violations, func(v Violation) bool {
		return v.Level == LevelDeny && v.Waiver == nil
	})
	if r.Allowed == blocked {
		return Result{}, fmt.Errorf("allowed is %t, against the violations and errors", r.Allowed)
	}
	return r, nil
}

func decodeViolation(raw any) (Violation, error) {
	o := newObject("violation", raw)
	v := Violation{
		Policy:      field[string](o, "policy"),
		Level:       field[string](o, "level"),
		Msg:         field[string](o, "msg"),
		Path:        field[string](o, "path"),
		Severity:    field[string](o, "severity"),
		Title:       field[string](o, "title"),
		Remediation: field[string](o, "remediation"),
		Details:     field[map[string]any](o, "details"),
		Links:       []string{},
	}
	for _, l := range field[[]any](o, "links") {
		s, ok := l.(string)
		if !ok {
			o.fail("links: want strings, not %s", typeName(l))
		}
		v.Links = append(v.Links, s)
	}
	if w, ok := o.fields["waiver"]; ok && w != nil {
		v.Waiver = field[map[string]any](o, "waiver")
	}
	delete(o.fields, "waiver")
	switch {
	case o.err != nil:
	case !slices.Contains(levels, v.Level):
		o.fail("level is %q", v.Level)
	case !slices.Contains(severities, v.Severity):
		o.fail("severity is %q", v.Severity)
	case v.Policy == "" || v.Msg == "":
		o.fail("policy or msg is empty")
	case v.Waiver != nil && v.Waiver["policy"] != v.Policy:
		o.fail("the waiver is not of policy %q", v.Policy)
	}
	return v, o.done()
}

// object reads the fields of a JSON object, each of them once, and remembers the
// first thing that is wrong.
type object struct {
	what   string
	fields map[string]any
	err    error
}

func newObject(what string, raw any) *object {
	fields, ok := raw.(map[string]any)
	o := &object{what: what, fields: fields}
	if !ok {
		o.fail("want an object, not %s", typeName(raw))
	}
	return o
}

func (o *object) fail(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf("%s: %s", o.what, fmt.Sprintf(format, args...))
	}
}

// done returns what was wrong; a field that nobody asked for is.
func (o *object) done() error {
	for name := range o.fields {
		o.fail("unknown field %q", name)
	}
	return o.err
}

func field[T any](o *object, name string) T {
	v, ok := o.fields[name]
	t, isT := v.(T)
	switch {
	case !ok:
		o.fail("%s is missing", name)
	case !isT:
		o.fail("%s is %s", name, typeName(v))
	}
	delete(o.fields, name)
	return t
}

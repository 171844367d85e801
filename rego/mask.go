package rego

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Operations of a [MaskRule], in OPA's words.
const (
	MaskRemove = "remove" // takes the value away
	MaskUpsert = "upsert" // puts Value in its place
)

// MaskRule is one change that a source asks for in the record of a decision: a
// member of its data.system.log.mask, as OPA documents it for decision logs.
type MaskRule struct {
	// Op is MaskRemove or MaskUpsert.
	Op string
	// Path is a JSON Pointer into the record.
	Path string
	// Value is of MaskUpsert: what encoding/json decodes to, numbers exact.
	Value any
}

// Mask asks the package system.log of the source what to change in event, the
// record of a decision as JSON: the rules are sorted, none where the source has
// no such package or is not loaded. An error means that it cannot be told what
// must not be recorded. Like [Policy.Eval] it returns soon after ctx is done, and
// event must not be changed after that.
func (p *Policy) Mask(ctx context.Context, event any) ([]MaskRule, error) {
	if p.mask == nil {
		return nil, nil
	}
	return inTime(ctx, p, func(c *call) ([]MaskRule, error) {
		c.Step(&maskStep)
		rules, err := p.mask.rules(c, event)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", maskStep, err)
		}
		return rules, nil
	})
}

// HasMask says whether the source has a data.system.log.mask.
func (p *Policy) HasMask() bool { return p.mask != nil }

// masker is data.system.log.mask, ready to be asked.
type masker struct {
	query *query
	data  policyData
}

func (m *masker) rules(c *call, event any) ([]MaskRule, error) {
	input, err := ast.InterfaceToValue(event)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	about, end, err := m.data.begin(c.ctx, input)
	if err != nil {
		return nil, err
	}
	defer end()
	row, err := m.query.run(c, about)
	if err != nil {
		return nil, err
	}
	set, ok := row.value("mask").(ast.Set)
	if !ok {
		return nil, errors.New("the result is not a set")
	}
	if size(set, maxMask) > maxMask {
		return nil, fmt.Errorf("the result takes more than %d KiB", maxMask>>10)
	}
	var rules []MaskRule
	for _, t := range set.Slice() { // sorted
		rule, err := readMaskRule(t.Value)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// readMaskRule reads a pointer, or an object with op, path and value.
func readMaskRule(v ast.Value) (MaskRule, error) {
	raw, err := ast.JSON(v)
	if err != nil {
		return MaskRule{}, err
	}
	if s, ok := raw.(string); ok {
		return MaskRule{Op: MaskRemove, Path: s}.check()
	}
	o := newObject("member", raw)
	rule := MaskRule{Op: field[string](o, "op"), Path: field[string](o, "path")}
	if rule.Op == MaskUpsert {
		value, ok := o.fields["value"]
		if !ok {
			o.fail("value is missing")
		}
		rule.Value = value
	}
	if o.err == nil {
		delete(o.fields, "value") // null beside a remove does no harm
	}
	if err := o.done(); err != nil {
		return MaskRule{}, err
	}
	return rule.check()
}

func (r MaskRule) check() (MaskRule, error) {
	switch {
	case r.Op != MaskRemove && r.Op != MaskUpsert:
		return MaskRule{}, fmt.Errorf("op is %q, want %s or %s", r.Op, MaskRemove, MaskUpsert)
	case !strings.HasPrefix(r.Path, "/"):
		return MaskRule{}, fmt.Errorf("path is %q, want a JSON Pointer such as /input/config", r.Path)
	}
	return r, nil
}

// isMask says whether a module is of the package that masks decision logs, the
// only one below system that is loaded.
func isMask(m *module) bool { return slices.Equal(m.path, []string{"system", "log"}) }

// checkMask holds a module of package system.log to what OPA reads of it, but
// for drop: every decision is recorded.
func checkMask(m *module) []error {
	const fix = "write `mask contains POINTER if { … }`"
	var errs []error
	found := false
	for _, r := range m.ast.Rules {
		head := r.Head.Ref()
		switch head[0].Value {
		case ast.Var("drop"):
			errs = append(errs, m.fault("mask-drop", r.Location, fix+" for what must not be in the record",
				"data.system.log.drop is not read, because every decision is recorded"))
		case ast.Var("mask"):
			found = true
			if len(r.Head.Args) > 0 || r.Default || len(head) > 1 || r.Head.RuleKind() != ast.MultiValue {
				errs = append(errs, m.fault("mask-not-a-set", r.Location, fix, "data.system.log.mask is not a set"))
			}
			if pointer, ok := maskPointer(r.Head.Key); ok && !maskable(pointer) {
				errs = append(errs, m.fault("mask-path", r.Location,
					"mask what is below /input, /input_sha256, /requested_by, or /result/violations/N/msg and /details",
					"%q stays in every record, so that this mask would let no decision be recorded", pointer))
			}
		}
	}
	if !found && len(errs) == 0 {
		errs = append(errs, m.fault("mask-missing", m.ast.Package.Location,
			fix+", or move code that policies share to a package outside of system", "package system.log defines no mask"))
	}
	return errs
}

// maskPointer is the pointer of a member of mask that is written out.
func maskPointer(key *ast.Term) (string, bool) {
	if key == nil {
		return "", false
	}
	if obj, ok := key.Value.(ast.Object); ok {
		key = obj.Get(ast.StringTerm("path"))
		if key == nil {
			return "", false
		}
	}
	pointer, ok := key.Value.(ast.String)
	return string(pointer), ok
}

// maskable says whether a mask may change that place of a record. The gate asks
// again when it writes one.
func maskable(pointer string) bool {
	return pointer == "/input" || strings.HasPrefix(pointer, "/input/") || pointer == "/requested_by" || pointer == "/input_sha256" || pointer == "/nd_builtin_cache" ||
		strings.HasPrefix(pointer, "/result/violations/")
}

// compileMask compiles the package system.log with what it refers to. Its input
// is the record of a decision, so nothing of it is compiled with a policy.
func (c *unitCompiler) compileMask(ctx context.Context, p *Policy, inputSchema []byte) error {
	if len(c.src.masks) == 0 || c.leftOut(c.closure(c.src.masks)) || c.leftOut(c.src.masks) {
		return nil
	}
	src := *c.src
	src.modules = slices.Concat(src.modules, src.masks)
	schema, err := recordSchema(inputSchema)
	if err != nil {
		return err
	}
	mask, err := newUnitCompiler(&src, schema)
	if err != nil {
		return err
	}
	u, err := mask.together(whatMask, withNeeded(mask.closure(src.masks)), func(u *compiled) (err error) {
		ref := src.masks[0].ast.Package.Path.Append(ast.StringTerm("mask"))
		u.query, err = newQuery(u.comp, ast.NewBody(ast.Equality.Expr(ast.VarTerm("mask"), ast.NewTerm(ref))))
		if err != nil {
			return fmt.Errorf("package system.log: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.mask = &masker{query: u.query, data: policyData{mask.store}}
	return nil
}

// recordSchema is the JSON Schema of the record of a decision whose input has
// the given one; nil where that is nil.
func recordSchema(input []byte) ([]byte, error) {
	if input == nil {
		return nil, nil
	}
	var schema map[string]any
	if err := util.UnmarshalJSON(input, &schema); err != nil {
		return nil, fmt.Errorf("input schema: %w", err)
	}
	kind := func(name string) map[string]any { return map[string]any{"type": name} }
	strict := func(properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	}
	record := strict(map[string]any{
		"labels": kind("object"), "decision_id": kind("string"), "bundles": kind("object"), "path": kind("string"),
		"input": schema,
		"result": strict(map[string]any{
			"id": kind("string"), "time": kind("string"), "revision": kind("string"), "sources": kind("array"),
			"allowed": kind("boolean"), "violations": kind("array"), "warnings": kind("array"), "errors": kind("array"),
		}),
		"erased": kind("array"), "masked": kind("array"), "requested_by": kind("string"), "timestamp": kind("string"),
		"metrics": kind("object"), "subject": kind("string"), "input_sha256": kind("string"),
	})
	// What the schema refers to is looked for at the root.
	for _, key := range []string{"$defs", "definitions"} {
		if defs, ok := schema[key]; ok {
			record[key] = defs
			schema = maps.Clone(schema)
			delete(schema, key)
			record["properties"].(map[string]any)["input"] = schema
		}
	}
	return json.Marshal(record)
}

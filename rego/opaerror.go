package rego

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// v0Fault says that a file is Rego v0. The place is that of the first thing
// that Rego v1 says otherwise.
func v0Fault(name string, content []byte, err error) error {
	f := fault("rego-v0", name, fmt.Sprintf("rewrite it with `opa fmt --write --v0-v1 %s`", name), "this is Rego v0")
	f.Policy, _ = policyName(strings.Split(strings.Trim(packageOf(content), "/"), "/"))
	if list, ok := errors.AsType[ast.Errors](err); ok && len(list) > 0 && list[0].Location != nil {
		f.place(content, list[0].Location.Row, list[0].Location.Col)
	}
	return f
}

// parseFault turns the errors of OPA's parser into findings.
func parseFault(name string, content []byte, err error) error {
	list, ok := errors.AsType[ast.Errors](err)
	if !ok {
		one, isOne := errors.AsType[*ast.Error](err)
		if !isOne {
			return fault("parse", name, "", "%s", err)
		}
		list = ast.Errors{one}
	}
	policy, _ := policyName(strings.Split(strings.Trim(packageOf(content), "/"), "/"))
	var errs []error
	rows := map[int]bool{}
	for _, e := range list {
		for _, f := range parseFaults(name, content, e) {
			if rows[f.Row] {
				continue // it follows from the first error of the line
			}
			f.Policy = policy
			errs = append(errs, f)
		}
		for _, err := range errs {
			rows[placed(err).Row] = true
		}
	}
	return join(errs)
}

func isComment(content []byte, row int) bool { return strings.HasPrefix(lineOf(content, row), "#") }

func parseFaults(name string, content []byte, e *ast.Error) []*Finding {
	row, col := 0, 0
	if e.Location != nil {
		row, col = e.Location.Row, e.Location.Col
	}
	// The end of the file is behind what is not closed.
	if last := 1 + bytes.Count(bytes.TrimSpace(content), []byte("\n")); row > last {
		row, col = last, 1
	}
	at := func(f *Finding) []*Finding {
		if row > 0 {
			f.place(content, row, col)
		}
		return []*Finding{f}
	}
	switch {
	case e.Message == "empty module" || e.Message == "package expected":
		row = max(row, 1)
		return at(fault("no-package", name, "begin the file with package mcp.policy.NAME, or take it out", "the file holds no package"))
	case strings.Contains(e.Message, "annotation scope") || strings.Contains(e.Message, "annotation entrypoint"):
		return at(fault("metadata-misplaced", name, "put the block right above package",
			"metadata: the block stands below package, and not at a rule that it could describe"))
	case isComment(content, row):
		return metadataFaults(name, content, e)
	case ifMissing.MatchString(e.Message):
		return at(fault("parse", name, "write `if` between the head and the body of a rule, and `contains` in front of a member of a set", "%s", e.Message))
	case strings.HasPrefix(e.Message, "illegal token"), strings.HasPrefix(e.Message, "non-terminated"):
		return at(fault("parse", name, "close the string or bracket, or take the character out", "%s", e.Message))
	}
	return at(fault("parse", name, "", "%s", firstLine(e.Message)))
}

var ifMissing = regexp.MustCompile("`?(if|contains)`? keyword is required")

// firstLine is a message of OPA in one line.
func firstLine(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", " ")), " ")
}

// compileFaults turns the errors of OPA's compiler into findings.
func (c *unitCompiler) compileFaults(list ast.Errors) error {
	var errs []error
	for _, e := range list {
		errs = append(errs, c.compileFault(e))
	}
	return join(errs)
}

func (c *unitCompiler) compileFault(e *ast.Error) error {
	m := &module{}
	if e.Location != nil {
		if m = c.src.byFile[e.Location.File]; m == nil {
			m = &module{name: e.Location.File}
		}
	}
	found := func(rule, fix, format string, args ...any) error {
		return m.fault(rule, e.Location, fix, format, args...)
	}
	switch d := e.Details.(type) {
	case *ast.RefErrInvalidDetail:
		return c.unknownField(m, e, d)
	case *ast.RefErrUnsupportedDetail:
		above := d.Ref[:min(d.Pos+1, len(d.Ref)-1)]
		return found(fieldRule(d.Ref), "write "+above.String(), "%s is a %s and has no field %s", above, d.Have, fieldText(d.Ref[len(above)]))
	case *ast.UnificationErrDetail:
		return found("type", "compare values of one type", "the sides are of different types (%s and %s) and never equal", d.Left, d.Right)
	case *ast.ArgErrDetail:
		return found("type", "", "%s: %s", e.Message, firstLine(strings.Join(d.Lines(), ", ")))
	}
	name, isFunction := strings.CutPrefix(e.Message, "undefined function ")
	switch {
	case isFunction && strings.HasPrefix(name, "data.mcp.gate."):
		return gateFault(m, e.Location)
	case isFunction:
		fix := "import the package that defines it, or correct the name"
		if near := nearest(name, c.src.builtins.callable()); near != "" {
			fix = "write " + near
		}
		return found("unknown-function", fix, "there is no function %s", name)
	case e.Code == ast.UnsafeVarErr:
		fix := "give it a value in the body, as with `:=` or `some … in`"
		return found("unsafe-var", fix, "%s", e.Message)
	case e.Code == ast.RecursionErr:
		return found("recursion", "take one of the references out", "%s", firstLine(e.Message))
	case e.Code == ast.TypeErr:
		return found("type", "", "%s", firstLine(e.Message))
	}
	fix := ""
	switch {
	case strings.Contains(e.Message, "conflicting rule for data path"):
		fix = "rename the rule, or take the value out of the data"
	case strings.Contains(e.Message, "unused argument"):
		fix = "write _ for it"
	case strings.HasSuffix(e.Message, " unused"):
		fix = "take it out"
	}
	text, _, _ := strings.Cut(firstLine(e.Message), ". (hint:")
	return found("compile", fix, "%s", text)
}

// fieldRule is the rule that a wrong field of ref breaks.
func fieldRule(ref ast.Ref) string {
	if ref[0].Value.Compare(ast.InputRootDocument.Value) == 0 {
		return "unknown-input-field"
	}
	return "unknown-field"
}

func fieldText(t *ast.Term) string {
	if s, ok := t.Value.(ast.String); ok {
		return string(s)
	}
	return t.String()
}

func (c *unitCompiler) unknownField(m *module, e *ast.Error, d *ast.RefErrInvalidDetail) error {
	rule := fieldRule(d.Ref)
	above, field := d.Ref[:d.Pos].String(), fieldText(d.Ref[d.Pos])
	if len(d.OneOf) == 0 {
		fix := ""
		if _, isName := d.Ref[d.Pos].Value.(ast.String); isName {
			fix = fmt.Sprintf("go through it with `some x in %s`", above)
		}
		return m.fault(rule, e.Location, fix, "%s is a list and has no field %s", above, field)
	}
	var fields []string
	for _, v := range d.OneOf {
		if s, ok := v.(ast.String); ok {
			fields = append(fields, string(s))
		}
	}
	fix := fmt.Sprintf("%s has %s", above, strings.Join(fields, ", "))
	if elsewhere := c.fieldElsewhere(d.Ref, field); nearest(field, fields) == "" && elsewhere != "" {
		fix = "write " + elsewhere
	} else if near := nearest(field, fields); near != "" {
		fix = fmt.Sprintf("write %s.%s", above, near)
	}
	return m.fault(rule, e.Location, fix, "%s has no field %s", above, field)
}

// fieldElsewhere finds the field of the input that has the name field, where
// there is one, or one that is nearest to the top.
func (c *unitCompiler) fieldElsewhere(ref ast.Ref, field string) string {
	if fieldRule(ref) != "unknown-input-field" {
		return ""
	}
	best := ""
	var walk func(path string, schema any)
	walk = func(path string, schema any) {
		obj, _ := schema.(map[string]any)               // no schema has no fields
		fields, _ := obj["properties"].(map[string]any) // nor has one of a scalar
		for name, sub := range fields {
			at := path + "." + name
			better := best == "" || strings.Count(at, ".") < strings.Count(best, ".") ||
				strings.Count(at, ".") == strings.Count(best, ".") && at < best
			if name == field && better {
				best = at
			}
			walk(at, sub)
		}
	}
	if c.schema != nil {
		walk("input", c.schema.raw)
	}
	return best
}

// callable are the names of the builtins that policies may call.
func (b *builtins) callable() []string {
	var names []string
	for _, b := range b.caps().Builtins {
		if b.Infix == "" && !b.IsDeprecated() {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	return names
}

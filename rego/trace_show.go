package rego

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Step is one expression of a rule with the values that it was about.
type Step struct {
	File string `json:"file"`
	Row  int    `json:"row"`
	// Text is the expression as it stands in the file.
	Text   string  `json:"text"`
	Values []Value `json:"values"`
}

// Value is what a variable, a field of the input or a part of an expression
// stood for, shortened.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// RuleTrace says what became of one rule that was tried.
type RuleTrace struct {
	// Rule is the rule's name without "data.".
	Rule string `json:"rule"`
	File string `json:"file"`
	Row  int    `json:"row"`
	// Held says that the body was true at least once.
	Held bool `json:"held"`
	// Stopped is the expression that was not true where the rule did not hold:
	// the one furthest down the body. It is nil where the evaluation never began
	// with the body.
	Stopped *Step `json:"stopped,omitempty"`
}

// look notes an expression with its values at an event.
func (f *frame) look(expr *ast.Expr, e topdown.Event) sight {
	s := sight{expr: expr}
	f.values(expr, e, func(name string, v ast.Value) {
		if !slices.Contains(s.names, name) {
			s.names, s.values = append(s.names, name), append(s.values, v)
		}
	})
	return s
}

// step describes what was seen, for people.
func (t *tracer) step(seen sight) Step {
	s := Step{Text: t.shown(sourceText(seen.expr)), Values: []Value{}}
	if loc := seen.expr.Location; loc != nil {
		s.File, s.Row = loc.File, loc.Row
	}
	for i, name := range seen.names {
		name = t.shown(name)
		if name != s.Text && !strings.HasSuffix(s.Text, ":= "+name) { // the variable has that value
			s.Values = append(s.Values, Value{Name: name, Value: t.shown(valueText(seen.values[i]))})
		}
	}
	return s
}

// valueText is a value as it is written in Rego, or what is said of one that has
// no end there because its parts are shared.
func valueText(v ast.Value) string {
	if size(v, maxMember) > maxMember {
		return fmt.Sprintf("%s of more than %d KiB", ast.ValueName(v), maxMember>>10)
	}
	return v.String()
}

// values reports what the variables and the parts of an expression stand for.
func (f *frame) values(expr *ast.Expr, e topdown.Event, report func(string, ast.Value)) {
	done := map[ast.Var]bool{}
	var visit func(*ast.Expr)
	visit = func(expr *ast.Expr) {
		expr = expr.NoWith() // what stands behind with is the whole input
		ast.WalkRefs(expr, func(ref ast.Ref) bool {
			if name, v, ok := refValue(ref, e); ok {
				report(name, v)
			}
			return false
		})
		ast.WalkVars(expr, func(v ast.Var) bool {
			if done[v] || ast.RootDocumentNames.Contains(ast.NewTerm(v)) {
				return false
			}
			done[v] = true
			value := e.Plug(ast.NewTerm(v))
			if meta, ok := e.LocalMetadata[v]; ok && !meta.Name.IsGenerated() && !meta.Name.IsWildcard() {
				if constant(value) {
					report(string(meta.Name), value.Value)
				}
				return false
			}
			if from := f.source(v); from != nil {
				if constant(value) && !constant(from.Operand(len(from.Operands())-1)) {
					report(sourceText(from), value.Value)
				}
				visit(from)
			}
			return false
		})
	}
	visit(expr)
}

// source returns the expression that the compiler made to fill v.
func (f *frame) source(v ast.Var) *ast.Expr {
	for _, expr := range f.body {
		if !expr.Generated || len(expr.Operands()) == 0 {
			continue
		}
		out := expr.Operand(len(expr.Operands()) - 1)
		if expr.IsEquality() {
			out = expr.Operand(0)
		}
		if out.Value.Compare(v) == 0 {
			return expr
		}
	}
	return nil
}

// sourceText is an expression as it stands in the file, in one line.
func sourceText(expr *ast.Expr) string {
	if expr.Location == nil {
		return expr.String()
	}
	return strings.Join(strings.Fields(string(expr.Location.Text)), " ")
}

// shown is text without secrets, bounded.
func (t *tracer) shown(s string) string {
	s = t.redact(s)
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + " …"
}

// inputPointer is the JSON Pointer of a reference into the input, as far as its
// keys are known.
func inputPointer(ref ast.Ref, e topdown.Event) (string, bool) {
	if !ref.HasPrefix(ast.InputRootRef) {
		return "", false
	}
	var b strings.Builder
	for _, key := range ref[1:] {
		key = e.Plug(key)
		if !constant(key) {
			break
		}
		text := key.String()
		if s, ok := key.Value.(ast.String); ok {
			text = string(s)
		}
		b.WriteByte('/')
		b.WriteString(pointerKey.Replace(text))
	}
	return b.String(), true
}

var pointerKey = strings.NewReplacer("~", "~0", "/", "~1")

// refValue is what a reference into the input, or into a variable of the rule,
// leads to, and the reference as the file has it.
func refValue(ref ast.Ref, e topdown.Event) (string, ast.Value, bool) {
	head, ok := ref[0].Value.(ast.Var)
	if !ok || len(ref) < 2 || head.Equal(ast.DefaultRootDocument.Value) {
		return "", nil, false
	}
	named := ast.Ref{ref[0]}
	at := e.Plug(ref[0])
	if meta, ok := e.LocalMetadata[head]; ok {
		named[0] = ast.VarTerm(string(meta.Name))
	}
	if head.Equal(ast.InputRootDocument.Value) {
		at = e.Input()
	}
	if at == nil || !constant(at) || named[0].Value.(ast.Var).IsGenerated() {
		return "", nil, false
	}
	for _, key := range ref[1:] {
		if key = e.Plug(key); !constant(key) {
			return "", nil, false
		}
		named = append(named, key)
	}
	v, err := at.Value.Find(named[1:])
	return named.String(), v, err == nil
}

// ruleTraces describes the rules of frames and of what they asked, each once for
// each way that it went.
func (t *tracer) ruleTraces(frames []*frame, wanted func(*ast.Rule) bool) []RuleTrace {
	traces := []RuleTrace{}
	seen := map[string]bool{}
	var walk func([]*frame)
	walk = func(frames []*frame) {
		for _, f := range frames {
			if f.rule != nil && f.rule.Location != nil && wanted(f.rule) && len(traces) < maxRules {
				trace := RuleTrace{
					Rule: strings.TrimPrefix(ruleName(f.rule), "data."),
					File: f.rule.Location.File, Row: f.rule.Location.Row, Held: f.held,
				}
				key := trace.Rule + "\x00" + f.rule.Location.String()
				if s := f.deepest(); s != nil && !f.held {
					step := t.step(s.seen)
					trace.Stopped = &step
					key += "\x00" + s.expr.Location.String()
				}
				if !seen[key] {
					seen[key] = true
					traces = append(traces, trace)
				}
			}
			walk(f.children)
		}
	}
	walk(frames)
	return traces
}

func ruleName(rule *ast.Rule) string { return rule.Ref().GroundPrefix().String() }

// deepest is where the frame stopped; where that was an every, where its body
// did.
func (f *frame) deepest() *stop {
	if f.stop == nil {
		return nil
	}
	return f.stop.deepest()
}

func (s *stop) deepest() *stop {
	if _, every := s.expr.Terms.(*ast.Every); !every {
		return s
	}
	for _, f := range slices.Backward(s.below) {
		if f.rule != nil {
			continue
		}
		for _, body := range slices.Backward(f.children) {
			if body.rule == nil && body.stop != nil {
				return body.stop.deepest()
			}
		}
	}
	return s
}

// sortedKeys returns the keys of a set.
func sortedKeys(set map[string]bool) []string {
	keys := slices.Sorted(maps.Keys(set))
	if keys == nil {
		keys = []string{}
	}
	return keys
}

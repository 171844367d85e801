package rego

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Explanation says what the policies of one source looked at.
type Explanation struct {
	Source   string        `json:"source"`
	Policies []PolicyTrace `json:"policies"`
}

// PolicyTrace says what one policy looked at, and what led to each member of
// its sets.
type PolicyTrace struct {
	Policy string `json:"policy"`
	// Error is why the policy could not be followed to its end.
	Error   string        `json:"error,omitempty"`
	Members []MemberTrace `json:"members"`
	// Rules are the rules that were tried, in their order, those of mcp.lib left
	// out.
	Rules []RuleTrace `json:"rules"`
	// Inputs are the fields of the input that were read, as JSON Pointers, each
	// as far as its keys are known before it is read.
	Inputs []string `json:"inputs"`
}

// MemberTrace says what led to one member of deny or warn.
type MemberTrace struct {
	// Set is deny or warn.
	Set  string `json:"set"`
	Msg  string `json:"msg"`
	Path string `json:"path"`
	// File and Row are the rule's.
	File string `json:"file"`
	Row  int    `json:"row"`
	// Steps are the expressions of the rule, which all held.
	Steps []Step `json:"steps"`
	// Inputs are the fields of the input that the rule, and the rules that it
	// refers to, read.
	Inputs []string `json:"inputs"`
}

// Explain evaluates every policy about input once more and follows how. It
// decides nothing: that is for [Policy.Eval]. Values are those of input, which
// must hold no secret, and of the data of the source; redact takes secrets out of
// what is shown of them, before it is shortened, and may be nil.
func (p *Policy) Explain(ctx context.Context, input ast.Value, redact func(string) string) (Explanation, error) {
	e := Explanation{Source: p.name, Policies: []PolicyTrace{}}
	if p.err != nil {
		return e, p.err
	}
	if input == nil {
		return e, fmt.Errorf("policy source %s: no input", p.name)
	}
	if redact == nil {
		redact = func(s string) string { return s }
	}
	policies, err := inTime(ctx, p, func(c *call) ([]PolicyTrace, error) {
		c.Step(&explainStep)
		about, end, err := p.data.begin(ctx, input)
		if err != nil {
			return nil, err
		}
		defer end()
		policies := make([]PolicyTrace, len(p.units))
		for i, u := range p.units {
			c.Step(&u.what)
			policies[i] = u.explain(c, about, redact)
			if err := c.err(); err != nil {
				return nil, err
			}
		}
		return policies, nil
	})
	if err != nil {
		return e, err
	}
	e.Policies = policies
	return e, nil
}

func (u *unit) explain(c *call, about question, redact func(string) string) PolicyTrace {
	// Without an index every rule is tried, and says where it stopped. A rule
	// that only the index keeps from failing must not turn into an error here.
	t := newTracer(redact)
	err := u.follow(c, about, t, false)
	if err != nil {
		t = newTracer(redact)
		err = u.follow(c, about, t, true)
	}
	out := PolicyTrace{Policy: u.name, Members: t.members(u.defines), Rules: []RuleTrace{}, Inputs: sortedKeys(t.reads(nil))}
	if t.first != nil {
		out.Rules = t.ruleTraces([]*frame{t.first}, func(rule *ast.Rule) bool {
			return !strings.HasPrefix(rule.Location.File, libPrefix)
		})
	}
	if err != nil {
		out.Error = redact(err.Error())
	}
	return out
}

func (u *unit) follow(c *call, about question, t *tracer, indexed bool) error {
	about.adjust = func(q *topdown.Query) { q.WithQueryTracer(t).WithIndexing(indexed) }
	_, err := u.query.run(c, about)
	return err
}

// members lists what the sets of a policy hold, sorted by set and message.
func (t *tracer) members(sets []string) []MemberTrace {
	out := []MemberTrace{}
	if t.first == nil {
		return out
	}
	for _, f := range t.first.children {
		if f.rule == nil || f.rule.Location == nil || len(f.rule.Head.Ref()) == 0 {
			continue
		}
		set, _ := f.rule.Head.Ref()[0].Value.(ast.Var) // the head of a rule begins with its name
		if !slices.Contains(sets, string(set)) {
			continue
		}
		inputs := sortedKeys(t.reads(f.rule))
		for _, m := range f.members {
			member := MemberTrace{
				Set: string(set), File: f.rule.Location.File, Row: f.rule.Location.Row, Steps: []Step{}, Inputs: inputs,
			}
			member.Msg, member.Path = memberText(m.value)
			member.Msg, member.Path = t.redact(member.Msg), t.redact(member.Path) // a policy may quote its data
			for _, seen := range m.steps {
				member.Steps = append(member.Steps, t.step(seen))
			}
			out = append(out, member)
		}
	}
	slices.SortStableFunc(out, func(a, b MemberTrace) int {
		return cmp.Or(strings.Compare(a.Set, b.Set), strings.Compare(a.Msg, b.Msg), strings.Compare(a.Path, b.Path))
	})
	return out
}

// memberText is the message and path of a member of a set; a malformed one has
// none.
func memberText(v ast.Value) (msg, path string) {
	switch v := v.(type) {
	case ast.String:
		return string(v), ""
	case ast.Object:
		text := func(key string) string {
			if t := v.Get(ast.StringTerm(key)); t != nil {
				s, _ := t.Value.(ast.String)
				return string(s)
			}
			return ""
		}
		return text("msg"), text("path")
	default:
		return "", ""
	}
}

// reads are the fields that rule and the rules that it refers to read; with a
// nil rule, those of the whole evaluation.
func (t *tracer) reads(rule *ast.Rule) map[string]bool {
	byRule := map[*ast.Rule]map[string]bool{}
	refers := map[*ast.Rule]map[*ast.Rule]bool{}
	all := map[string]bool{}
	var walk func(f *frame, owner *ast.Rule)
	walk = func(f *frame, owner *ast.Rule) {
		if f.rule != nil {
			if owner != nil {
				refers[owner][f.rule] = true
			}
			owner = f.rule
		}
		if owner != nil && byRule[owner] == nil {
			byRule[owner], refers[owner] = map[string]bool{}, map[*ast.Rule]bool{}
		}
		for at := range f.reads {
			all[at] = true
			if owner != nil {
				byRule[owner][at] = true
			}
		}
		for _, child := range f.children {
			walk(child, owner)
		}
	}
	if t.first != nil {
		walk(t.first, nil)
	}
	if rule == nil {
		return all
	}
	// What was evaluated for another rule before is not evaluated again.
	for r := range byRule {
		ast.WalkRefs(r.Body, func(ref ast.Ref) bool {
			for other := range byRule {
				if refersTo(ref, other) {
					refers[r][other] = true
				}
			}
			return false
		})
	}
	found, seen := map[string]bool{}, map[*ast.Rule]bool{}
	var collect func(*ast.Rule)
	collect = func(r *ast.Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		for at := range byRule[r] {
			found[at] = true
		}
		for other := range refers[r] {
			collect(other)
		}
	}
	collect(rule)
	return found
}

// refersTo says whether ref leads to rule, into it, or to a document that holds
// it.
func refersTo(ref ast.Ref, rule *ast.Rule) bool {
	path := rule.Ref().GroundPrefix()
	return ref.HasPrefix(path) || ref.HasPrefix(ast.DefaultRootRef) && len(ref) > 1 && path.HasPrefix(ref.ConstantPrefix())
}

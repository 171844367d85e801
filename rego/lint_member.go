package rego

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkClause holds a rule as a whole against what it is for.
func (l *linter) checkClause(c *clause) {
	if c.rule.Else != nil && l.always(c) && !c.rule.Default {
		l.report("unreachable-else", c.rule.Else.Location, "the branch before this else is always taken", "give it conditions, or drop the else")
	}
	g := c.group
	if c == g.clauses[len(g.clauses)-1] {
		l.checkAnyOf(g)
	}
	if _, ok := policyName(c.m.path); !ok {
		return
	}
	if g.pol == 0 && c == g.clauses[0] && l.decides(g.pkg) && !l.askedFor()[g] {
		l.report("unused-rule", c.rule.Head.Location,
			fmt.Sprintf("no deny or warn asks for %s, so that it decides nothing", g.name), "refer to it, or delete it")
	}
	if (g.name == "deny" || g.name == "warn") && c.rule.Head.Key != nil && c.rule.Head.RuleKind() == ast.MultiValue {
		l.checkMember(c)
	}
}

// decides says that a package has a deny or a warn.
func (l *linter) decides(pkg []string) bool {
	rules := l.groups[packageKey(pkg)]
	return rules["deny"] != nil || rules["warn"] != nil
}

// askedFor lists the rules that another one refers to. Where no deny asks for
// that one, it is the one to report.
func (l *linter) askedFor() map[*ruleGroup]bool {
	if l.asked != nil {
		return l.asked
	}
	l.asked = map[*ruleGroup]bool{}
	for _, g := range l.order {
		note := func(ref ast.Ref, sc *scope) {
			if len(ref) == 0 {
				return
			}
			if _, ok := ref[0].Value.(ast.Var); !ok {
				return
			}
			if have, _ := l.rule(ref, sc); have != nil && have != g {
				l.asked[have] = true
			}
		}
		for _, c := range g.clauses {
			l.calls(c.scope, func(op ast.Ref, _ []*ast.Term, sc *scope) { note(op, sc) })
			l.eachBody(c.scope, func(sc *scope) {
				for _, t := range scopeTerms(sc) {
					eachTerm(t, func(t *ast.Term) bool {
						switch v := t.Value.(type) {
						case ast.Ref:
							note(v, sc)
						case ast.Var:
							if !v.IsWildcard() {
								note(ast.Ref{t}, sc)
							}
						}
						return true
					})
				}
			})
		}
	}
	return l.asked
}

func scopeTerms(sc *scope) []*ast.Term {
	terms := slices.Clone(sc.results)
	for _, e := range sc.body {
		terms = append(terms, operands(e)...)
	}
	return terms
}

// checkAnyOf reports a rule that allows where one of several inequalities holds:
// one always does.
func (l *linter) checkAnyOf(g *ruleGroup) {
	if g.pol&silences == 0 {
		return
	}
	first := map[string]string{}
	for _, c := range g.clauses {
		if len(c.rule.Body) != 1 || c.rule.Head.RuleKind() == ast.MultiValue || c.rule.Head.Value == nil || c.rule.Head.Value.Value.Compare(ast.Boolean(true)) != 0 {
			continue
		}
		t, other, op := l.condition(c.rule.Body[0], c.scope)
		if t == nil || op != "neq" {
			continue
		}
		key := t.String()
		if before, ok := first[key]; ok && before != other.String() {
			l.report("any-inequality", c.rule.Body[0].Location,
				fmt.Sprintf("%s differs from %s or from %s, whatever it is: the rule is always true", termText(t), before, other),
				fmt.Sprintf("one rule: not %s in {%s, %s}", termText(t), before, other))
			return
		}
		first[key] = other.String()
	}
}

// memberFields are what an object in deny or warn may have.
var memberFields = map[string]kinds{"msg": stringKind, "path": stringKind, "remediation": stringKind, "details": objectKind}

// checkMember holds a member of deny or warn against the contract: another shape
// is an error of the policy when it is evaluated.
func (l *linter) checkMember(c *clause) {
	key := c.rule.Head.Key
	s := l.infer(key, c.scope).shape
	bad := func(at *ast.Term, msg, fix string) { l.report("member-shape", at.Location, msg, fix) }
	const want = `a string, or {"msg": …} with path, details or remediation`
	switch {
	case s == nil || s.open:
		return
	case s.kinds&(stringKind|objectKind) == 0:
		bad(key, fmt.Sprintf("a member is %s", s.kinds), want)
		return
	case s.kinds == stringKind:
		if len(s.consts) == 1 && emptyString(s.consts[0]) {
			bad(key, "the message is empty", "say what is wrong")
		}
		return
	case s.kinds != objectKind || !s.closed:
		return
	}
	if s.fields["msg"] == nil {
		bad(key, "a member has no msg", want)
	}
	literal := map[string]*ast.Term{}
	if obj, ok := key.Value.(ast.Object); ok {
		obj.Foreach(func(k, v *ast.Term) {
			if name, ok := k.Value.(ast.String); ok {
				literal[string(name)] = v
			}
		})
	}
	for _, name := range s.names() {
		at := key
		if t := literal[name]; t != nil && t.Location != nil {
			at = t
		}
		f, kind := s.fields[name], memberFields[name]
		switch {
		case kind == 0:
			fields := []string{"msg", "path", "details", "remediation"}
			bad(at, fmt.Sprintf("a member has no field %q", name), insteadOf(name, fields))
		case f != nil && !f.open && f.kinds&kind == 0:
			bad(at, fmt.Sprintf("%s is %s, want %s", name, f.kinds, kind), "")
		case name == "msg" && f != nil && len(f.consts) == 1 && emptyString(f.consts[0]):
			bad(at, "the message is empty", "say what is wrong")
		}
	}
	if t := literal["path"]; t != nil {
		l.checkPointer(t, c.scope)
	}
}

// checkPointer holds the path of a member against the input.
func (l *linter) checkPointer(t *ast.Term, sc *scope) {
	at := t
	if v, ok := t.Value.(ast.Var); ok {
		b := sc.find(v)
		if b == nil || b.form != byAssign {
			return
		}
		t = b.from
	}
	path, ok := constantOf(t).(ast.String)
	if call, isCall := t.Value.(ast.Call); isCall && call[0].String() == "sprintf" && len(call) == 3 {
		path, ok = constantOf(call[1]).(ast.String)
		path = ast.String(verbText.ReplaceAllString(string(path), "\x00"))
	}
	if !ok || path == "" {
		return
	}
	if t.Location != nil {
		at = t
	}
	if !strings.HasPrefix(string(path), "/") {
		l.report("member-path", at.Location, fmt.Sprintf("path %q is no JSON Pointer", string(path)), fmt.Sprintf("%q", "/"+strings.ReplaceAll(strings.TrimPrefix(string(path), "input."), ".", "/")))
		return
	}
	s := l.input
	for _, part := range pointerParts(string(path)) {
		if s == nil || s.open || strings.Contains(part, "\x00") {
			s = s.members()
			continue
		}
		switch {
		case s.kinds == objectKind && s.fields[part] != nil:
			s = s.fields[part]
		case s.kinds == arrayKind && strings.Trim(part, "0123456789") == "":
			s = s.members()
		default:
			msg := fmt.Sprintf("path: %s is %s and has no member %q", pathText(s.path), s.kinds, part)
			if s.kinds&scalarKinds == s.kinds {
				msg = fmt.Sprintf("path: nothing stands below %s, which is %s", pathText(s.path), s.kinds)
			}
			l.report("member-path", at.Location, msg, insteadOf(part, s.names()))
			return
		}
	}
}

// verbText marks what sprintf fills in.
var verbText = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z]`)

// pointerParts splits a JSON Pointer.
func pointerParts(path string) []string {
	if path == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts
}

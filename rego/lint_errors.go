package rego

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// failing are builtins that fail for some values of their type: with which
// arguments, and what tells beforehand.
var failing = map[string]struct {
	args  []int
	valid string
}{
	"to_number":                      {[]int{0}, "regex.match(`^[0-9]+$`, %s)"},
	"json.unmarshal":                 {[]int{0}, "json.is_valid(%s)"},
	"yaml.unmarshal":                 {[]int{0}, "yaml.is_valid(%s)"},
	"base64.decode":                  {[]int{0}, "base64.is_valid(%s)"},
	"base64url.decode":               {[]int{0}, "regex.match(`^[A-Za-z0-9_-]+$`, %s)"},
	"hex.decode":                     {[]int{0}, "regex.match(`^([0-9a-f]{2})+$`, %s)"},
	"urlquery.decode":                {[]int{0}, "a regex.match on %s"},
	"urlquery.decode_object":         {[]int{0}, "a regex.match on %s"},
	"time.parse_rfc3339_ns":          {[]int{0}, "regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$`, %s)"},
	"time.parse_ns":                  {[]int{1}, "a regex.match on %s"},
	"time.parse_duration_ns":         {[]int{0}, "regex.match(`^([0-9]+(ns|us|ms|s|m|h))+$`, %s)"},
	"net.cidr_contains":              {[]int{0, 1}, "net.cidr_is_valid(sprintf(\"%%s/32\", [%s]))"},
	"net.cidr_intersects":            {[]int{0, 1}, "net.cidr_is_valid(%s)"},
	"net.cidr_expand":                {[]int{0}, "net.cidr_is_valid(%s)"},
	"net.cidr_merge":                 {[]int{0}, "net.cidr_is_valid on each of %s"},
	"net.cidr_contains_matches":      {[]int{0, 1}, "net.cidr_is_valid on each of %s"},
	"semver.compare":                 {[]int{0, 1}, "semver.is_valid(%s)"},
	"units.parse":                    {[]int{0}, "regex.match(`^[0-9]+[KMGT]?$`, %s)"},
	"units.parse_bytes":              {[]int{0}, "regex.match(`^[0-9]+(KB|MB|GB|KiB|MiB|GiB)?$`, %s)"},
	"io.jwt.decode":                  {[]int{0}, "a regex.match on %s"},
	"crypto.x509.parse_certificates": {[]int{0}, "a regex.match on %s"},
	"div":                            {[]int{1}, "%s != 0"},
	"rem":                            {[]int{1}, "%s != 0"},
	"regex.match":                    {[]int{0}, "regex.is_valid(%s)"},
	"glob.match":                     {[]int{0}, "no pattern that the person asking can choose, as in %s"},
}

// checkErrors warns of a builtin that fails for some inputs. In the gate that is
// an error of the policy, which denies whatever the rule says; elsewhere the
// rule is silent.
func (l *linter) checkErrors(name string, c lintCall) {
	f, ok := failing[name]
	if !ok || c.pol == 0 {
		return
	}
	for _, i := range f.args {
		if i >= len(c.args) {
			continue
		}
		arg := c.args[i]
		s := l.infer(arg, c.sc).shape
		if safeFor(name, arg, s) || l.guarded(name, arg, c) {
			continue
		}
		valid := f.valid
		if name == "net.cidr_contains" && i == 0 {
			valid = "net.cidr_is_valid(%s)" // the second may be an address
		}
		l.report("builtin-error", c.loc(),
			fmt.Sprintf("%s fails where %s is not what it takes: an error of the policy in the gate, and silence in OPA alone", name, termText(arg)),
			"ask before, in the same rule: "+fmt.Sprintf(valid, termText(arg)))
		return
	}
}

// safeFor says that an argument is never the wrong one.
func safeFor(name string, arg *ast.Term, s *shape) bool {
	if constantOf(arg) != nil || ast.IsConstant(arg.Value) {
		return true
	}
	if s == nil {
		// Patterns are mostly a policy's own.
		return name == "regex.match" || name == "glob.match" || name == "div" || name == "rem"
	}
	if s.consts != nil && !s.enum {
		return true
	}
	switch name {
	case "to_number":
		return s.kinds&^(numberKind|boolKind|nullKind) == 0
	case "time.parse_rfc3339_ns":
		return s.instant
	case "regex.match", "glob.match":
		return s.path == ""
	case "div", "rem":
		return s.path == "" && !s.open
	}
	// Data that the policy's owner writes is as good as the policy.
	return s.path == "" && !s.open && s.fields == nil && fromData(arg)
}

// fromData says that a term reads nothing but data.
func fromData(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	return ok && ref.HasPrefix(ast.DefaultRootRef)
}

// guarded says that another condition asks whether the argument is valid, before
// the call or in an earlier branch.
func (l *linter) guarded(name string, arg *ast.Term, c lintCall) bool {
	subjects := l.subjects(arg, c.sc, 0)
	for sc := c.sc; sc != nil; sc = sc.parent {
		for _, e := range sc.body {
			if e != c.expr && !e.Negated && guards(e, subjects, c.at) && enough(e, name) {
				return true
			}
		}
	}
	// f(x) := 0 if not valid(x) else := …
	cl := c.sc.clause
	for r := cl.first; r != nil && r != cl.rule; r = r.Else {
		for _, e := range r.Body {
			if e.Negated && guards(e, subjects, nil) {
				return true
			}
		}
	}
	return false
}

// enough says that a comparison keeps the builtin from failing: != 0 does for a
// division, and says nothing about the form of a string.
func enough(e *ast.Expr, name string) bool {
	op, _ := callOf(e)
	switch op.String() {
	case "neq", "gt":
		return name == "div" || name == "rem"
	}
	return true
}

// subjects are the terms that an argument is made of: those that a guard names.
func (l *linter) subjects(arg *ast.Term, sc *scope, depth int) []string {
	names := []string{arg.String()}
	if depth > 4 {
		return names
	}
	if v, ok := arg.Value.(ast.Var); ok {
		if b := sc.find(v); b != nil && b.form == byAssign {
			return append(names, l.subjects(b.from, b.sc, depth+1)...)
		}
	}
	if ref, ok := arg.Value.(ast.Ref); ok && sc.find(varOf(ref[0])) != nil {
		names = append(names, l.subjects(ref[0], sc, depth+1)...)
	}
	if call, ok := arg.Value.(ast.Call); ok {
		for _, a := range call[1:] {
			if constantOf(a) == nil {
				names = append(names, l.subjects(a, sc, depth+1)...)
			}
		}
	}
	return names
}

// guards says that an expression tests one of the subjects, and is not the one
// that the call stands in.
func guards(e *ast.Expr, subjects []string, call *ast.Term) bool {
	op, args := callOf(e)
	if op == nil {
		return false
	}
	name := op.String()
	test := strings.HasSuffix(name, "is_valid") || ast.BuiltinMap[name] == nil
	switch name {
	case "regex.match", "is_number", "equal", "internal.member_2", "neq", "gt":
		test = true
	}
	found := false
	for _, a := range args {
		eachTerm(a, func(t *ast.Term) bool {
			if t == call && call != nil {
				test = false
			}
			found = found || slices.Contains(subjects, t.String())
			return test
		})
	}
	return found && test
}

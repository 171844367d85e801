package rego

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkComparison holds what stands on both sides of a comparison together.
func (l *linter) checkComparison(op string, c lintCall) {
	a, b := l.infer(c.args[0], c.sc), l.infer(c.args[1], c.sc)
	if op == "eq" && (a.shape == nil || b.shape == nil || binds(c)) {
		return
	}
	l.checkCount(op, c)
	for i := range 2 {
		if i == 1 {
			a, b = b, a
		}
		if l.checkVersion(op, c, c.args[i], c.args[1-i], a.shape) {
			return
		}
	}
	a, b = b, a
	if op == "lt" || op == "lte" || op == "gt" || op == "gte" {
		if a.shape.known()&b.shape.known() == 0 {
			l.report("type-mismatch", c.loc(),
				fmt.Sprintf("%s is %s and %s is %s: they compare by their types alone", termText(c.args[0]), a.shape.known(), termText(c.args[1]), b.shape.known()),
				typeFix(c.args[0], c.args[1], a.shape, b.shape))
		}
		return
	}
	if op == "equal" && c.pol&fires != 0 && (c.expr == nil || !c.expr.Negated) {
		l.checkPatternText(c, c.args[0], c.args[1], a.shape)
		l.checkPatternText(c, c.args[1], c.args[0], b.shape)
	}
	why := l.never(c.args[0], c.args[1], a.shape, b.shape)
	if op == "neq" && (a.onlyTrue() && a.gap != nil && b.onlyTrue() || b.onlyTrue() && b.gap != nil && a.onlyTrue()) {
		l.report("never-false", c.loc(), "a rule that is true or undefined never differs from true: the comparison is never true", "write not, and the rule")
		return
	}
	if why == nil {
		return
	}
	outcome := "never true"
	if (op == "neq") != (c.expr != nil && c.expr.Negated) {
		outcome = "always true"
	}
	l.report(why.rule, c.loc(), why.msg+": the comparison is "+outcome, why.fix)
}

// onlyTrue says that a value is true wherever it is defined.
func (v value) onlyTrue() bool {
	return v.shape != nil && len(v.shape.consts) == 1 && v.shape.consts[0].Compare(ast.Boolean(true)) == 0
}

// binds says that = gives a variable its value rather than comparing.
func binds(c lintCall) bool {
	for _, t := range c.args {
		if v, ok := t.Value.(ast.Var); ok {
			if b := c.sc.vars[v]; b != nil && b.form == byUnify && b.expr == c.expr {
				return true
			}
		}
	}
	return false
}

// reason is why two values are never equal.
type reason struct{ rule, msg, fix string }

// never says why a and b are never equal, or nil.
func (l *linter) never(at, bt *ast.Term, a, b *shape) *reason {
	if a == nil || b == nil || a.open && a.kinds == anyKind || b.open && b.kinds == anyKind {
		return nil
	}
	if a.kinds&b.kinds == 0 {
		if b.path != "" && a.path == "" || b.consts == nil && a.consts != nil {
			at, bt, a, b = bt, at, b, a
		}
		return &reason{"type-mismatch", fmt.Sprintf("%s is %s and %s is %s", termText(at), a.kinds, termText(bt), b.kinds), typeFix(at, bt, a, b)}
	}
	for i := range 2 {
		if i == 1 {
			at, bt, a, b = bt, at, b, a
		}
		if (a.lower || a.upper) && b.consts != nil {
			if bad := otherCase(a, b.consts); len(bad) == len(b.consts) {
				name, change := "lower", strings.ToLower
				if a.upper {
					name, change = "upper", strings.ToUpper
				}
				return &reason{"case-mismatch", fmt.Sprintf("%s has letters of the other case than %s gives", bad[0], name), "write " + change(bad[0])}
			}
		}
		if a.form != nil && b.consts != nil && !slices.ContainsFunc(b.consts, a.form.fits) {
			return &reason{"enum-value", fmt.Sprintf("%s is never %s: it holds %s", termText(at), constText(b.consts), a.form.holds), ""}
		}
		if a.closed && b.closed && a.path != "" && b.path == "" && a.kinds == objectKind && b.kinds == objectKind {
			if !slices.Equal(a.names(), b.names()) {
				return &reason{"type-mismatch", fmt.Sprintf("%s always has the fields %s, and so is never %s", termText(at), nameList(a.names()), termText(bt)),
					"compare the field that matters"}
			}
		}
	}
	if a.consts == nil || b.consts == nil || shareValue(a.consts, b.consts) {
		return nil
	}
	return l.neverConst(at, bt, a, b)
}

// neverConst is the reason where both sides have few values, and none in common.
func (l *linter) neverConst(at, bt *ast.Term, a, b *shape) *reason {
	if b.enum && !a.enum {
		at, bt, a, b = bt, at, b, a
	}
	if a.enum {
		if slices.ContainsFunc(b.consts, emptyString) {
			return nil
		}
		return &reason{"enum-value", fmt.Sprintf("%s is never %s", termText(at), constText(b.consts)), enumFix(a.consts, b.consts)}
	}
	for i := range 2 {
		if i == 1 {
			at, bt, a, b = bt, at, b, a
		}
		if len(a.consts) == 1 && a.consts[0].Compare(ast.Boolean(true)) == 0 && kindsOf(b.consts[0]) == boolKind && constantOf(at) == nil {
			return &reason{"never-false", fmt.Sprintf("%s is true or undefined and never false", termText(at)), "write not " + termText(at)}
		}
	}
	return &reason{"constant-condition", fmt.Sprintf("%s is never %s", termText(at), termText(bt)), ""}
}

func emptyString(v ast.Value) bool { return v.Compare(ast.String("")) == 0 }

func shareValue(a, b []ast.Value) bool {
	return slices.ContainsFunc(a, func(v ast.Value) bool { return hasValue(b, v) })
}

// checkPatternText warns of a pattern that is compared as a text, in a deny that
// therefore never fires.
func (l *linter) checkPatternText(c lintCall, at, other *ast.Term, s *shape) {
	v, ok := constantOf(other).(ast.String)
	if !ok || s == nil || s.kinds != stringKind || s.path == "" || strings.Contains(s.path, "*") || s.enum {
		return
	}
	p := string(v)
	switch {
	case len(p) > 1 && (strings.HasPrefix(p, "^") || strings.HasSuffix(p, "$") || strings.HasSuffix(p, ".*")):
		l.report("pattern-compared", other.Location, fmt.Sprintf("%s is compared letter by letter and matches nothing else", termText(other)),
			fmt.Sprintf("regex.match(`%s`, %s)", p, termText(at)))
	case len(p) > 1 && strings.Contains(p, "*"):
		l.report("pattern-compared", other.Location, fmt.Sprintf("%s is compared letter by letter and matches nothing else", termText(other)),
			fmt.Sprintf("glob.match(%q, [\".\", \"/\"], %s), or startswith and endswith", p, termText(at)))
	}
}

func hasValue(list []ast.Value, v ast.Value) bool {
	return slices.ContainsFunc(list, func(w ast.Value) bool { return v.Compare(w) == 0 })
}

func constText(list []ast.Value) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = v.String()
	}
	return strings.Join(names, " or ")
}

func enumFix(enum, got []ast.Value) string {
	var names []string
	for _, v := range enum {
		if !emptyString(v) {
			names = append(names, v.String())
		}
	}
	if len(got) == 1 {
		return insteadOf(got[0].String(), names)
	}
	return "there are " + nameList(names)
}

// otherCase lists the constants that a string in one case cannot be.
func otherCase(s *shape, consts []ast.Value) []string {
	var bad []string
	for _, v := range consts {
		c, ok := v.(ast.String)
		if ok && (s.lower && strings.ToLower(string(c)) != string(c) || s.upper && strings.ToUpper(string(c)) != string(c)) {
			bad = append(bad, c.String())
		}
	}
	return bad
}

// typeFix is what to compare with instead.
func typeFix(at, bt *ast.Term, a, b *shape) string {
	if a == nil || b == nil {
		return ""
	}
	if a.path == "" && b.path != "" {
		at, bt, a, b = bt, at, b, a
	}
	left, right := termText(at), termText(bt)
	switch {
	case b.kinds == nullKind && a.kinds == stringKind:
		return `a field is never null: compare with ""`
	case b.kinds == nullKind:
		return "a field is never null: compare with its empty value"
	case a.kinds&(numberKind|boolKind) != 0 && b.kinds == stringKind && constantOf(bt) != nil:
		return fmt.Sprintf("write %s without quotes", strings.Trim(right, "\"`"))
	case a.kinds == stringKind && b.kinds&(numberKind|boolKind) != 0 && constantOf(bt) != nil:
		return fmt.Sprintf("write %q", right)
	case a.kinds == stringKind && b.kinds&(arrayKind|setKind) != 0:
		return fmt.Sprintf("%s in %s", left, right)
	case a.kinds == setKind && b.kinds == arrayKind && len(b.items) == 0 && b.consts != nil:
		return fmt.Sprintf("%s == set(), or count(%s) == 0", left, left)
	case a.kinds == arrayKind && b.kinds == setKind:
		return fmt.Sprintf("make a set of the list: {x | some x in %s}", left)
	case a.kinds == arrayKind && b.kinds&scalarKinds != 0:
		return fmt.Sprintf("%s in %s", right, left)
	case a.kinds&(arrayKind|setKind) != 0:
		return fmt.Sprintf("count(%s) tells whether there is any", left)
	}
	return ""
}

var versionLike = regexp.MustCompile(`^v?[0-9]+(\.[0-9]+)*$`)

// checkVersion warns of versions and numbers that compare as strings.
func (l *linter) checkVersion(op string, c lintCall, at, other *ast.Term, a *shape) bool {
	v, ok := constantOf(other).(ast.String)
	if !ok || op == "equal" || op == "eq" || op == "neq" || a == nil || a.kinds != stringKind || a.instant || !versionLike.MatchString(string(v)) {
		return false
	}
	l.report("version-order", c.loc(),
		fmt.Sprintf("strings compare letter by letter, so that \"9\" is above \"10\": %s is no order of versions", op),
		fmt.Sprintf("semver.is_valid(%s), then semver.compare(%s, %s)", termText(at), termText(at), termText(other)))
	return true
}

// checkCount reports a length that says nothing.
func (l *linter) checkCount(op string, c lintCall) {
	for i, t := range c.args {
		call, ok := t.Value.(ast.Call)
		if !ok || call[0].String() != "count" || len(call) != 2 {
			continue
		}
		if s := l.infer(call[1], c.sc).shape; s != nil && s.path != "" && s.closed && s.kinds == objectKind {
			l.report("total-object", c.loc(),
				fmt.Sprintf("%s always has its %d fields: its count says nothing", termText(call[1]), len(s.fields)),
				"compare one of its fields with its empty value")
			return
		}
		n, isNum := constantOf(c.args[1-i]).(ast.Number)
		if !isNum {
			continue
		}
		v, isInt := n.Int()
		if i == 1 {
			op = map[string]string{"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte"}[op] + strings.Repeat(op, b2i(op == "equal" || op == "neq" || op == "eq"))
		}
		never := isInt && (v < 0 && (op == "equal" || op == "lt" || op == "lte") || v == 0 && op == "lt")
		always := isInt && (v < 0 && (op == "neq" || op == "gt" || op == "gte") || v == 0 && op == "gte")
		if never || always {
			l.report("constant-condition", c.loc(), fmt.Sprintf("a count is never below 0: the comparison is %s true", map[bool]string{true: "never", false: "always"}[never]), "count(…) > 0, or count(…) == 0")
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

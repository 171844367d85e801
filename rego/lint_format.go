package rego

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkFormat holds the verbs of sprintf against its values.
func (l *linter) checkFormat(c lintCall) {
	format, ok := constantOf(c.args[0]).(ast.String)
	values, isList := c.args[1].Value.(*ast.Array)
	if !ok || !isList {
		return
	}
	verbs, ok := formatVerbs(string(format))
	if !ok {
		return
	}
	if len(verbs) != values.Len() {
		l.report("sprintf-verbs", c.loc(),
			fmt.Sprintf("the format has %d verbs and there are %d values", len(verbs), values.Len()), "write one verb for each value, and %% for a percent sign")
		return
	}
	for i, verb := range verbs {
		s := l.infer(values.Elem(i), c.sc).shape
		if s == nil || s.kinds == anyKind {
			continue
		}
		fix := ""
		switch {
		case s.kinds == numberKind && strings.ContainsRune("stq", verb):
			fix = "write %d or %v"
		case s.kinds&numberKind == 0 && strings.ContainsRune("dfFeEgGcbtoUO", verb):
			fix = "write %s or %v"
		}
		if fix != "" {
			l.report("sprintf-verbs", c.loc(),
				fmt.Sprintf("%%%c does not print %s, which is %s", verb, termText(values.Elem(i)), s.kinds), fix)
		}
	}
}

// formatVerbs lists the verbs of a format; false where it has widths or indexes
// that take values of their own.
func formatVerbs(format string) ([]rune, bool) {
	var verbs []rune
	in := false
	for _, r := range format {
		switch {
		case !in:
			in = r == '%'
		case r == '*' || r == '[':
			return nil, false
		case strings.ContainsRune("+-# 0123456789.", r):
		case r == '%':
			in = false
		default:
			verbs = append(verbs, r)
			in = false
		}
	}
	return verbs, !in
}

package rego

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkText warns of string comparisons that let more through than they say, in
// what keeps a deny silent.
func (l *linter) checkText(name string, c lintCall) {
	switch name {
	case "startswith", "endswith", "contains", "strings.any_prefix_match", "strings.any_suffix_match":
		if len(c.args) == 2 {
			l.checkAffix(name, c)
		}
	case "trim", "trim_left", "trim_right":
		if len(c.args) == 2 {
			l.checkCutset(name, c)
		}
	}
}

func (l *linter) checkAffix(name string, c lintCall) {
	value, part := l.infer(c.args[0], c.sc).shape, l.infer(c.args[1], c.sc).shape
	if part == nil {
		return
	}
	consts := part.consts
	if m := part.members(); strings.HasPrefix(name, "strings.") && m != nil {
		consts = m.consts
	}
	if value != nil && (value.lower || value.upper) {
		if bad := otherCase(value, consts); len(bad) > 0 {
			l.report("case-mismatch", c.loc(), fmt.Sprintf("%s has letters of the other case than %s", bad[0], termText(c.args[0])), "write it in the same case")
		}
	}
	rule := map[string]string{
		"startswith": "open-prefix", "strings.any_prefix_match": "open-prefix", "endswith": "open-suffix",
		"strings.any_suffix_match": "open-suffix", "contains": "open-substring",
	}[name]
	for _, v := range consts {
		s, ok := v.(ast.String)
		switch {
		case !ok:
			continue
		case s == "" && len(consts) == 1:
			l.report("constant-condition", c.loc(), fmt.Sprintf("every string has the empty one: %s is always true", name), "")
			return
		case c.pol&silences == 0 || constantOf(c.args[0]) != nil:
			continue
		}
		if fix := openEnd(rule, string(s), termText(c.args[0])); fix != "" {
			l.report(rule, c.loc(), fmt.Sprintf("%q is also in %s, which this lets through too", string(s), evilName(rule, string(s))), fix)
			return
		}
	}
}

// openEnd says how to close a part of a name that may go on with any letter, or "".
func openEnd(rule, s, value string) string {
	if !strings.ContainsAny(s, "./:@") {
		return ""
	}
	switch rule {
	case "open-prefix":
		if wordByte(s[len(s)-1]) {
			return fmt.Sprintf("compare the whole with ==, or end the prefix with its separator: startswith(%s, %q)", value, s+"/")
		}
	case "open-suffix":
		if wordByte(s[0]) {
			return fmt.Sprintf("compare the whole with ==, or begin the suffix with its separator: endswith(%s, %q)", value, "."+s)
		}
	case "open-substring":
		if wordByte(s[0]) {
			return fmt.Sprintf("compare the field that holds it alone with ==, or startswith(%s, %q)", value, strings.TrimSuffix(s, "/")+"/")
		}
	}
	return ""
}

func evilName(rule, s string) string {
	switch rule {
	case "open-prefix":
		return fmt.Sprintf("%q", s+".evil.example")
	case "open-suffix":
		return fmt.Sprintf("%q", "evil"+s)
	}
	return fmt.Sprintf("%q", "evil.example/"+s)
}

func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}

// checkCutset warns of a prefix or suffix where characters are asked for.
func (l *linter) checkCutset(name string, c lintCall) {
	s, ok := constantOf(c.args[1]).(ast.String)
	if !ok || len(s) < 3 {
		return
	}
	letters, marks, twice := false, false, false
	for i, r := range string(s) {
		letters = letters || r < 0x80 && wordByte(byte(r))
		marks = marks || strings.ContainsRune("./:@-_", r)
		twice = twice || strings.ContainsRune(string(s)[i+len(string(r)):], r)
	}
	if !letters || !marks && !twice {
		return
	}
	with := map[string]string{"trim": "trim_prefix or trim_suffix", "trim_left": "trim_prefix", "trim_right": "trim_suffix"}[name]
	l.report("trim-characters", c.loc(), fmt.Sprintf("%s removes each of the characters of %q, in any order, and so more than that text", name, string(s)), "write "+with)
}

// checkPattern holds patterns against what they are for.
func (l *linter) checkPattern(name string, c lintCall) {
	switch {
	case name == "glob.match" && len(c.args) == 3:
		l.checkGlob(c)
		return
	case !strings.HasPrefix(name, "regex.") || len(c.args) == 0 || name == "regex.is_valid" || name == "regex.template_match" || name == "regex.globs_match":
		return
	}
	at := c.args[0]
	if name == "regex.replace" && len(c.args) > 1 {
		at = c.args[1]
	}
	s := l.infer(at, c.sc).shape
	if s == nil || len(s.consts) == 0 {
		return
	}
	for _, v := range s.consts {
		p, ok := v.(ast.String)
		if !ok {
			continue
		}
		re, err := syntax.Parse(string(p), syntax.Perl)
		if err != nil {
			l.report("regex-invalid", c.loc(), fmt.Sprintf("%s is no regular expression (%v): the call fails", termText(at), err), "in a raw string, `…`, a backslash stands for itself")
			return
		}
		if escaped(re) {
			l.report("regex-escape", c.loc(), fmt.Sprintf(`%s asks for a backslash before any character: in a raw string one backslash escapes the dot`, termText(at)), "write `\\.`")
		}
		if name != "regex.match" || c.pol&silences == 0 || kindConst(l, c) {
			continue
		}
		if dotted(re) {
			l.report("regex-dot", c.loc(), fmt.Sprintf("a dot stands for any character: %s matches other names too", termText(at)), "write `\\.` in a raw string")
		}
		if !closedAt(re, true) || !closedAt(re, false) {
			l.report("regex-unanchored", c.loc(), fmt.Sprintf("%s matches wherever it occurs in the value, as in a part of another name", termText(at)), "begin it with ^ and end it with $")
		}
	}
}

func kindConst(l *linter, c lintCall) bool {
	return len(c.args) > 1 && constantOf(c.args[1]) != nil
}

// parts are the expressions that follow each other in re.
func regexParts(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpConcat:
		var list []*syntax.Regexp
		for _, sub := range re.Sub {
			list = append(list, regexParts(sub)...)
		}
		return list
	case syntax.OpCapture:
		if re.Sub[0].Op != syntax.OpAlternate {
			return regexParts(re.Sub[0])
		}
	}
	return []*syntax.Regexp{re}
}

// closedAt says that nothing may stand before, or after, what re matches, but
// for what a separator keeps apart.
func closedAt(re *syntax.Regexp, front bool) bool {
	list := regexParts(re)
	if !front {
		slices.Reverse(list)
	}
	for len(list) > 0 && anything(list[0]) {
		list = list[1:]
	}
	if len(list) == 0 {
		return true // it means to match anything
	}
	first := list[0]
	switch first.Op {
	case syntax.OpBeginText:
		return front
	case syntax.OpEndText:
		return !front
	case syntax.OpLiteral:
		r := first.Rune[len(first.Rune)-1]
		if front {
			r = first.Rune[0]
		}
		return r >= 0x80 || !wordByte(byte(r))
	case syntax.OpAlternate:
		return !slices.ContainsFunc(first.Sub, func(sub *syntax.Regexp) bool { return !closedAt(sub, front) })
	case syntax.OpCapture:
		return closedAt(first.Sub[0], front)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(first.Rune); i += 2 {
			for r := first.Rune[i]; r <= first.Rune[i+1] && r < 0x80; r++ {
				if wordByte(byte(r)) {
					return false
				}
			}
		}
		return true
	}
	return false
}

func anything(re *syntax.Regexp) bool {
	return (re.Op == syntax.OpStar || re.Op == syntax.OpPlus) && (re.Sub[0].Op == syntax.OpAnyCharNotNL || re.Sub[0].Op == syntax.OpAnyChar)
}

// dotted finds an unescaped dot in a name such as ghcr.io.
func dotted(re *syntax.Regexp) bool {
	list := regexParts(re)
	for i := 1; i+1 < len(list); i++ {
		if list[i].Op == syntax.OpAnyCharNotNL && wordEnd(list[i-1], false) && wordEnd(list[i+1], true) {
			return true
		}
	}
	return inAny(list, dotted)
}

// escaped finds an escaped backslash where a dot was to be escaped.
func escaped(re *syntax.Regexp) bool {
	list := regexParts(re)
	for i := 0; i+2 < len(list); i++ {
		if r := list[i].Rune; list[i].Op == syntax.OpLiteral && r[len(r)-1] == '\\' && list[i+1].Op == syntax.OpAnyCharNotNL && wordEnd(list[i+2], true) {
			return true
		}
	}
	return inAny(list, escaped)
}

func inAny(list []*syntax.Regexp, found func(*syntax.Regexp) bool) bool {
	for _, p := range list {
		if p.Op != syntax.OpConcat && slices.ContainsFunc(p.Sub, found) {
			return true
		}
	}
	return false
}

func wordEnd(re *syntax.Regexp, front bool) bool {
	if re.Op != syntax.OpLiteral {
		return false
	}
	r := re.Rune[len(re.Rune)-1]
	if front {
		r = re.Rune[0]
	}
	return r < 0x80 && wordByte(byte(r))
}

// checkGlob holds a glob against its delimiters.
func (l *linter) checkGlob(c lintCall) {
	p, ok := constantOf(c.args[0]).(ast.String)
	if !ok || constantOf(c.args[2]) != nil {
		return
	}
	pattern := string(p)
	if list, ok := c.args[1].Value.(*ast.Array); ok && list.Len() == 0 && strings.ContainsAny(pattern, "/:") && strings.Contains(pattern, "*") {
		l.report("glob-delimiters", c.loc(), "[] means the dot: * does not match a name with a dot, and matches across a slash",
			fmt.Sprintf(`glob.match(%s, ["/"], %s)`, termText(c.args[0]), termText(c.args[2])))
		return
	}
	if c.pol&silences != 0 && strings.ContainsAny(pattern, "./:") {
		if n := len(pattern); n > 1 && pattern[n-1] == '*' && wordByte(strings.TrimRight(pattern, "*")[max(0, len(strings.TrimRight(pattern, "*"))-1)]) {
			l.report("glob-open", c.loc(), fmt.Sprintf("* goes on with the name: %s lets %q through too", termText(c.args[0]), strings.TrimRight(pattern, "*")+"-evil"), "put the separator before the *")
			return
		}
	}
	null := kindsOf(c.args[1].Value) == nullKind
	if c.pol == fires && !null && strings.HasSuffix(pattern, "/*") {
		l.report("glob-depth", c.loc(), "* stops at the next delimiter: what lies deeper is not matched", fmt.Sprintf("write %q", pattern+"*"))
	} else if c.pol == fires && !null && strings.HasPrefix(pattern, "*.") {
		l.report("glob-depth", c.loc(), "* stops at the next delimiter: names with more parts are not matched", fmt.Sprintf("write %q", "*"+pattern))
	}
}

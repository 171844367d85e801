package library_test

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"
)

// isPattern says whether a string looks like a regular expression: rules keep
// them in tables and variables.
func isPattern(s string) bool {
	if !strings.HasPrefix(s, "^") && !strings.HasSuffix(s, "$") && !strings.HasPrefix(s, "(?") {
		return false
	}
	_, err := syntax.Parse(s, syntax.Perl)
	return err == nil
}

// patternChanges change each part of a regular expression.
func patternChanges(pattern string, loc *ast.Location) []change[*ast.Term] {
	p := patternReader{source: pattern}
	for i := 0; i < len(pattern); i++ {
		i = p.branches(i) // a bracket too many stands at i
	}
	var out []change[*ast.Term]
	for _, e := range p.edits {
		changed := pattern[:e.from] + e.with + pattern[e.to:]
		if _, err := syntax.Parse(changed, syntax.Perl); err != nil || changed == pattern {
			continue
		}
		out = append(out, change[*ast.Term]{"pattern", fmt.Sprintf("%s for %s in %s", place(e.with), place(pattern[e.from:e.to]), pattern), loc, func() *ast.Term {
			return &ast.Term{Value: ast.String(changed), Location: loc}
		}})
	}
	return out
}

func place(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// patternReader collects edits of a pattern.
type patternReader struct {
	source string
	edits  []patternEdit
}

type patternEdit struct {
	from, to int
	with     string
}

func (p *patternReader) edit(from, to int, with string) {
	p.edits = append(p.edits, patternEdit{from, to, with})
}

func (p *patternReader) at(i int) byte {
	if i < len(p.source) {
		return p.source[i]
	}
	return 0
}

// branches reads alternatives up to the bracket that ends them.
func (p *patternReader) branches(i int) int {
	starts := []int{i}
	for i < len(p.source) && p.at(i) != ')' {
		if p.at(i) != '|' {
			i = p.piece(i)
			continue
		}
		i++
		starts = append(starts, i)
	}
	for k, from := range starts {
		switch {
		case k+1 < len(starts):
			p.edit(from, starts[k+1], "")
		case k > 0:
			p.edit(from-1, i, "")
		}
	}
	return i
}

// piece reads what one quantifier is for.
func (p *patternReader) piece(i int) int {
	from := i
	switch p.at(i) {
	case '(':
		if p.at(i+1) == '?' {
			i += 2 + strings.IndexAny(p.source[i+2:]+":", ":)>")
			if p.at(i) == ')' {
				p.edit(from, i+1, "")
				return i + 1
			}
		}
		i = p.branches(i+1) + 1
	case '[':
		i = p.class(i)
	case '^', '$':
		p.edit(i, i+1, "")
		return i + 1
	case '.':
		i++
	default:
		for i = p.char(i); i < len(p.source) && !strings.ContainsRune(`()[|^$.*+?{`, rune(p.at(i))); {
			next := p.char(i)
			if strings.IndexByte("*+?{", p.at(next)) >= 0 && next < len(p.source) {
				break
			}
			i = next
		}
	}
	end := p.quantifier(i)
	p.edit(from, end, "")
	return end
}

// char reads a character or an escape.
func (p *patternReader) char(i int) int {
	if p.at(i) != '\\' {
		return i + 1
	}
	if p.at(i+2) == '{' {
		return i + 3 + strings.IndexByte(p.source[i+3:], '}')
	}
	return i + 2
}

// class reads a character class and drops each of its members.
func (p *patternReader) class(i int) int {
	i++
	if p.at(i) == '^' {
		p.edit(i, i+1, "")
		i++
	}
	var members [][2]int
	for len(members) == 0 || p.at(i) != ']' {
		from := i
		if p.at(i) == '[' && p.at(i+1) == ':' {
			i += strings.Index(p.source[i:], ":]") + 2
		} else {
			i = p.char(i)
			if p.at(i) == '-' && p.at(i+1) != ']' {
				i = p.char(i + 1)
			}
		}
		members = append(members, [2]int{from, i})
	}
	for _, m := range members {
		if len(members) > 1 { // an empty class is another thing
			p.edit(m[0], m[1], "")
		}
	}
	return i + 1
}

func (p *patternReader) quantifier(i int) int {
	from := i
	switch p.at(i) {
	case '*':
		p.edit(i, i+1, "+")
	case '+':
		p.edit(i, i+1, "*")
	case '?':
		p.edit(i, i+1, "")
	case '{':
		i += strings.IndexByte(p.source[i:], '}')
		low, high, open := strings.Cut(p.source[from+1:i], ",")
		for _, by := range []int{-1, 1} {
			if l, err := strconv.Atoi(low); err == nil {
				p.edit(from, i+1, counted(l+by, high, open))
			}
			if h, err := strconv.Atoi(high); err == nil {
				p.edit(from, i+1, fmt.Sprintf("{%s,%d}", low, h+by))
			}
		}
	default:
		return i
	}
	if i++; p.at(i) == '?' {
		i++ // lazy
	}
	return i
}

func counted(low int, high string, open bool) string {
	if !open {
		return fmt.Sprintf("{%d}", low)
	}
	return fmt.Sprintf("{%d,%s}", low, high)
}

// What is not changed is not tested.
func TestMutants(t *testing.T) {
	m, err := ast.ParseModule("x.rego", `package mcp.policy.x

import data.mcp.lib

names := {"a", "b"}

default near := 1

deny contains {"msg": msg} if {
	not lib.loopback(input.server.remote.host)
	some name in input.server["names"]
	lower(name) in names
	every x in [1] { x < 2 }
	regex.match("^a+$", name)
	msg := sprintf("%s", [name])
}
`)
	require.NoError(t, err)
	found := map[string][]string{}
	for _, m := range mutants(m) {
		require.NotNil(t, m.make())
		require.NotZero(t, m.row)
		found[m.kind] = append(found[m.kind], m.text)
	}
	require.Equal(t, map[string][]string{
		"package":   {`rename "mcp" in data.mcp.policy.x`, `rename "policy" in data.mcp.policy.x`, `rename "x" in data.mcp.policy.x`},
		"import":    {`rename "mcp" in data.mcp.lib`, `rename "lib" in data.mcp.lib`},
		"rule name": {"rename names", "rename near", "rename deny"},
		"rule":      found["rule"], // they quote the rules
		"entry":     {`drop entry "a"`, `drop entry "b"`, `drop entry "msg"`, "drop entry 1", "drop entry name"},
		"constant":  {"2 for 1", "3 for 2", `"%s" changed`},
		"field": {
			`rename "server" in input.server.remote.host`, `rename "remote" in input.server.remote.host`, `rename "host" in input.server.remote.host`,
			`rename "server" in input.server.names`, `rename "names" in input.server.names`,
		},
		"condition": found["condition"],
		"negation":  found["negation"],
		"operator":  {"lte for lt in lt(x, 2)", "gte for lt in lt(x, 2)"},
		"call":      {"name for lower(name)"},
		"pattern":   {"nothing for ^ in ^a+$", "* for + in ^a+$", "nothing for a+ in ^a+$", "nothing for $ in ^a+$"},
	}, found)
	require.Len(t, found["rule"], 3)
	require.Len(t, found["condition"], 7)
	require.Len(t, found["negation"], 5)
}

func TestPatternChanges(t *testing.T) {
	for pattern, want := range map[string][]string{
		`^(a|bc)?[^x-z_]{1,2}\.`: {
			`(a|bc)?[^x-z_]{1,2}\.`, `^(bc)?[^x-z_]{1,2}\.`, `^(a)?[^x-z_]{1,2}\.`, `^(|bc)?[^x-z_]{1,2}\.`, `^(a|)?[^x-z_]{1,2}\.`,
			`^(a|bc)[^x-z_]{1,2}\.`, `^[^x-z_]{1,2}\.`, `^(a|bc)?[x-z_]{1,2}\.`, `^(a|bc)?[^_]{1,2}\.`, `^(a|bc)?[^x-z]{1,2}\.`,
			`^(a|bc)?[^x-z_]{0,2}\.`, `^(a|bc)?[^x-z_]{1,1}\.`, `^(a|bc)?[^x-z_]{2,2}\.`, `^(a|bc)?[^x-z_]{1,3}\.`, `^(a|bc)?\.`, `^(a|bc)?[^x-z_]{1,2}`,
		},
		`(?i)ab*$`: {`ab*$`, `(?i)b*$`, `(?i)ab+$`, `(?i)a$`, `(?i)ab*`},
	} {
		var got []string
		for _, c := range patternChanges(pattern, nil) {
			got = append(got, string(c.make().Value.(ast.String)))
		}
		require.ElementsMatch(t, want, got)
	}
}

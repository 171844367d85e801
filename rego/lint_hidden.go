package rego

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkHidden warns of a text with a character that nobody sees, or that looks
// like another: it is never equal to what it seems to be.
func (l *linter) checkHidden(m *module) {
	ast.WalkTerms(m.ast, func(t *ast.Term) bool {
		if s, ok := t.Value.(ast.String); ok && t.Location != nil {
			if r, what := hidden(string(s)); r != 0 {
				l.report("hidden-character", t.Location, fmt.Sprintf("the text holds %s (U+%04X), and is not equal to what it looks like", what, r), "write it again by hand")
			}
		}
		return false
	})
}

// hidden finds the first such character, and says what it is. Scripts and emoji
// need some of them: those that stand among ASCII are strays.
func hidden(text string) (rune, string) {
	runes := []rune(text)
	ascii := func(i int) bool { return i < 0 || i >= len(runes) || runes[i] <= unicode.MaxASCII }
	for i, r := range runes {
		switch {
		case r <= unicode.MaxASCII || !ascii(i-1) || !ascii(i+1):
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return r, "an invisible character"
		case unicode.Is(unicode.Zs, r) && !strings.Contains(text, " "):
			return r, "a space that is none of ASCII"
		case unicode.In(r, unicode.Cyrillic, unicode.Greek) && letterAt(runes, i-1) && letterAt(runes, i+1):
			return r, "a letter of another alphabet"
		}
	}
	return 0, ""
}

// letterAt says whether a letter stands at i, or the text ends there.
func letterAt(runes []rune, i int) bool {
	return i < 0 || i >= len(runes) || unicode.IsLetter(runes[i])
}

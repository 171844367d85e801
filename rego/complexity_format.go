package rego

import (
	"regexp"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

var (
	width  = regexp.MustCompile(`%[^%a-zA-Z]*[a-zA-Z]`)
	number = regexp.MustCompile(`[0-9]+|\*`)
)

// maxWidth is the largest width that there is, for which * may stand.
const maxWidth = 1_000_000

// format refuses a format that asks for a text which is larger than memory,
// whatever its arguments are.
func (w *nesting) format(call []*ast.Term) {
	if len(call) < 2 || !ast.Sprintf.Ref().Equal(call[0].Value) {
		return
	}
	text, ok := call[1].Value.(ast.String)
	if !ok {
		return
	}
	total := 0
	for _, verb := range width.FindAllString(string(text), -1) {
		for _, number := range number.FindAllString(verb, -1) {
			n, err := strconv.Atoi(number)
			if err != nil || n > maxWidth {
				n = maxWidth
			}
			total += n
		}
	}
	if total > maxWidths && w.found == nil {
		w.found = tooComplexAt(w.m, call[1].Location, "ask for less", "the widths of the format add up to more than %d", maxWidths)
	}
}

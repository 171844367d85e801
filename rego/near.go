package rego

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// typo says whether a was written for b with one slip of the hand: a letter too
// many, too few, another one, or two that changed places. Case does not count.
func typo(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if levenshtein.ComputeDistance(a, b) <= 1 {
		return true
	}
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return false
	}
	for i := 0; i+1 < len(x); i++ {
		x[i], x[i+1] = x[i+1], x[i]
		if slices.Equal(x, y) {
			return true
		}
		x[i], x[i+1] = x[i+1], x[i]
	}
	return false
}

// nearest returns the one of names that word was most likely meant to be, or "".
func nearest(word string, names []string) string {
	best, found := max(1, len(word)/3)+1, ""
	for _, name := range names {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(name))
		if typo(word, name) {
			d = min(d, 1)
		}
		if d < best {
			best, found = d, name
		}
	}
	return found
}

// writeInstead tells which of names to write for word.
func writeInstead(word string, names []string) string {
	if name := nearest(word, names); name != "" {
		return "write " + name
	}
	return "want " + oneOf(names)
}

// oneOf lists names as in "a, b or c".
func oneOf(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return fmt.Sprintf("%s or %s", strings.Join(names[:last], ", "), names[last])
}

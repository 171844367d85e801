package lib_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego/lib"
)

// The edit distance of mcp.lib is the one of the textbook for all short words,
// and within_edits finds what it says.
func TestEditDistanceIsThatOfTheTextbook(t *testing.T) {
	words := append(wordsOf("ab", 5), wordsOf("abc", 4)...)
	slices.Sort(words)
	words = slices.Compact(words)
	src, err := lib.FS.ReadFile("mcp/lib/names.rego")
	require.NoError(t, err)
	query, err := rego.New(
		rego.Query("distances := [[data.mcp.lib.edit_distance(a, b) | some b in input] | some a in input]; "+
			"near := [data.mcp.lib.within_edits(a, input, 2) | some a in input]"),
		rego.Module("names.rego", string(src)),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(t.Context())
	require.NoError(t, err)
	results, err := query.Eval(t.Context(), rego.EvalInput(words))
	require.NoError(t, err)
	require.Len(t, results, 1)
	distances := results[0].Bindings["distances"].([]any)
	near := results[0].Bindings["near"].([]any)
	for i, a := range words {
		want := []any{}
		for j, b := range words {
			edits := min(3, textbookDistance(a, b))
			require.Equal(t, fmt.Sprint(edits), fmt.Sprint(distances[i].([]any)[j]), "%q and %q", a, b)
			if edits <= 2 {
				want = append(want, b)
			}
		}
		require.ElementsMatch(t, want, near[i], a)
	}
}

// wordsOf are all words of the letters with at most so many of them.
func wordsOf(letters string, length int) []string {
	words, last := []string{""}, []string{""}
	for range length {
		var next []string
		for _, word := range last {
			for _, letter := range strings.Split(letters, "") {
				next = append(next, word+letter)
			}
		}
		words, last = append(words, next...), next
	}
	return words
}

// textbookDistance counts insertions, deletions, substitutions and neighbours
// that change places, of which no part is edited twice.
func textbookDistance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range len(b) + 1 {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

package house_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVariablesAreDocumented holds that docs/operating.md names each variable that
// the programs read, and no other.
func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	read := regexp.MustCompile(`"(MCP_RUNNER_[A-Z_]+)"`)
	want := map[string]bool{}
	for name, text := range texts(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			continue
		}
		for _, m := range read.FindAllStringSubmatch(text, -1) {
			variable := m[1]
			switch {
			case strings.HasPrefix(variable, "MCP_RUNNER_TEST_"), strings.HasPrefix(variable, "MCP_RUNNER_SOAK"): // what tests share
				continue
			case variable == "MCP_RUNNER_SECRET_": // what follows is the secret's name
				variable += "NAME"
			}
			want[variable] = true
		}
	}
	_, section, found := strings.Cut(texts(t)["docs/operating.md"], "\n## Variables\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	got := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(MCP_RUNNER_[A-Z_]+)` \\|").FindAllStringSubmatch(section, -1) {
		got[m[1]] = true
	}
	require.Equal(t, want, got, "the table in docs/operating.md and the code differ")
}

package house_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

const checksMarker = "<!-- The part below is made from the code: go test ./internal/house -run Checks -update -->\n"

// docs/checks.md lists the rules that there are.
func TestChecksAreListed(t *testing.T) {
	t.Parallel()
	before, _, ok := strings.Cut(read(t, "docs/checks.md"), checksMarker)
	require.True(t, ok, "docs/checks.md has lost its marker")
	want := before + checksMarker + "\n| rule | severity | what it finds |\n| --- | --- | --- |\n"
	for _, r := range rego.Rules() {
		want += fmt.Sprintf("| `%s` | %s | %s |\n", r.Name, r.Severity, strings.ReplaceAll(r.Short, "|", `\|`))
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root(t), "docs", "checks.md"), []byte(want), 0o644))
		return
	}
	require.Equal(t, want, read(t, "docs/checks.md"), "run: go test ./internal/house -run Checks -update")
}

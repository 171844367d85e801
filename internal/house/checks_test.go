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

// docs/checks.md lists the rules that there are.
func TestChecksAreListed(t *testing.T) {
	t.Parallel()
	table := "| rule | severity | what it finds |\n| --- | --- | --- |\n"
	for _, r := range rego.Rules() {
		table += fmt.Sprintf("| `%s` | %s | %s |\n", r.Name, r.Severity, strings.ReplaceAll(r.Short, "|", `\|`))
	}
	endsWith(t, "docs/checks.md", "Checks", table)
}

// docs/operating.md lists the reasons for which a file is skipped.
func TestSkippedNamesAreListed(t *testing.T) {
	t.Parallel()
	table := "| skipped | why |\n| --- | --- |\n"
	for _, r := range rego.SkipReasons() {
		names := "`" + strings.Join(r.Names, "`, `") + "`"
		if r.Directories {
			names += ", with all below"
		}
		table += fmt.Sprintf("| %s | %s |\n", names, r.Reason)
	}
	endsWith(t, "docs/operating.md", "Skipped", table)
}

// endsWith holds the end of a page, which is made from the code, to table. test
// is what to run to make it anew.
func endsWith(t *testing.T, page, test, table string) {
	t.Helper()
	marker := fmt.Sprintf("<!-- The part below is made from the code: go test ./internal/house -run %s -update -->\n", test)
	before, _, ok := strings.Cut(read(t, page), marker)
	require.True(t, ok, "%s has lost its marker", page)
	want := before + marker + "\n" + table
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root(t), filepath.FromSlash(page)), []byte(want), 0o644))
		return
	}
	require.Equal(t, want, read(t, page), "run: go test ./internal/house -run %s -update", test)
}

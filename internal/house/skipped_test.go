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

const skippedMarker = "<!-- The part below is made from the code: go test ./internal/house -run Skipped -update -->\n"

// docs/operating.md lists the reasons for which a file is skipped.
func TestSkippedNamesAreListed(t *testing.T) {
	t.Parallel()
	before, _, ok := strings.Cut(read(t, "docs/operating.md"), skippedMarker)
	require.True(t, ok, "docs/operating.md has lost its marker")
	want := before + skippedMarker + "\n| skipped | why |\n| --- | --- |\n"
	for _, r := range rego.SkipReasons() {
		names := "`" + strings.Join(r.Names, "`, `") + "`"
		if r.Directories {
			names += ", with all below"
		}
		want += fmt.Sprintf("| %s | %s |\n", names, r.Reason)
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root(t), "docs", "operating.md"), []byte(want), 0o644))
		return
	}
	require.Equal(t, want, read(t, "docs/operating.md"), "run: go test ./internal/house -run Skipped -update")
}

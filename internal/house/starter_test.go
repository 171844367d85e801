package house_test

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/starter"
)

const starterMarker = "<!-- The part below is made from the code: go test ./internal/house -run Starter -update -->\n"

// docs/starter.md lists the policies that are built in.
func TestStarterPoliciesAreListed(t *testing.T) {
	t.Parallel()
	sub, err := fs.Sub(starter.FS, "policy")
	require.NoError(t, err)
	policy, err := rego.Load(t.Context(), rego.LoadConfig{Name: "builtin", FS: sub, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	before, _, ok := strings.Cut(read(t, "docs/starter.md"), starterMarker)
	require.True(t, ok, "docs/starter.md has lost its marker")
	want := before + starterMarker + "\n| policy | severity | what it asks |\n| --- | --- | --- |\n"
	for _, info := range policy.Info() {
		want += fmt.Sprintf("| [`%s`](../rego/starter/policy/%s.rego) | %s | **%s.** %s |\n",
			info.Name, strings.ReplaceAll(info.Name, ".", "/"), info.Severity, info.Title, strings.Join(strings.Fields(info.Description), " "))
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root(t), "docs", "starter.md"), []byte(want), 0o644))
		return
	}
	require.Equal(t, want, read(t, "docs/starter.md"), "run: go test ./internal/house -run Starter -update")
}

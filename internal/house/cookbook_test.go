package house_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

var update = flag.Bool("update", false, "write the generated part of the docs")

// The rules that docs/cookbook.md shows are the files that are tested.
func TestCookbookShowsTheExamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(root(t), "examples", "cookbook")
	policy, err := rego.Load(t.Context(), rego.LoadConfig{
		Name: "cookbook", Dir: dir, InputSchema: gate.InputSchema(), Permissions: rego.PermissionsIgnore, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	require.Empty(t, policy.Warnings())
	infos, params := policy.Info(), policy.Settings().Params
	require.GreaterOrEqual(t, len(infos), 20)

	file := filepath.Join(root(t), "docs", "cookbook.md")
	before, _, ok := strings.Cut(read(t, "docs/cookbook.md"), cookbookMarker)
	require.True(t, ok, "docs/cookbook.md has lost its marker")
	want := before + cookbookMarker + "\n" + cookbookRules(t, dir, infos, params)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, read(t, "docs/cookbook.md"), "run: go test ./internal/house -run Cookbook -update")
}

const cookbookMarker = "<!-- The part below is made from the files: go test ./internal/house -run Cookbook -update -->\n"

func cookbookRules(t *testing.T, dir string, infos []rego.PolicyInfo, params map[string]any) string {
	t.Helper()
	var b strings.Builder
	for _, info := range infos {
		require.Len(t, info.Files, 1, info.Name)
		source, err := os.ReadFile(filepath.Join(dir, info.Files[0]))
		require.NoError(t, err)
		test := strings.TrimSuffix(info.Files[0], ".rego") + "_test.rego"
		require.FileExists(t, filepath.Join(dir, test))
		_, code, ok := strings.Cut(string(source), "\npackage ")
		require.True(t, ok, info.Files[0])
		fmt.Fprintf(&b, "\n## %s\n\n`%s`, severity %s ([source](../examples/cookbook/%s), [test](../examples/cookbook/%s)). %s\n\n```rego\npackage %s```\n",
			info.Title, info.Name, info.Severity, info.Files[0], test, strings.TrimSpace(info.Description), code)
		if p, ok := params[info.Name]; ok {
			text, err := json.Marshal(map[string]any{info.Name: p})
			require.NoError(t, err)
			fmt.Fprintf(&b, "\nParameters, below `params` in `data.yaml`: `%s`\n", strings.TrimSuffix(strings.TrimPrefix(string(text), "{"), "}"))
		}
	}
	return b.String()
}

package wrap_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// placed are the samples, and where their clients have them.
var placed = map[string]string{
	"claude_code.json": ".claude.json",
	"vscode.json":      "p/.vscode/mcp.json",
	"windsurf.json":    ".codeium/windsurf/mcp_config.json",
	"zed.json":         ".config/zed/settings.json",
	"opencode.json":    ".config/opencode/opencode.json",
	"codex.toml":       ".codex/config.toml",
	"continue.yaml":    ".continue/config.yaml",
	"goose.yaml":       ".config/goose/config.yaml",
}

func TestSamples(t *testing.T) {
	for sample, place := range placed {
		t.Run(sample, func(t *testing.T) {
			before, err := os.ReadFile(filepath.Join("testdata", sample))
			require.NoError(t, err)
			path := "/home/u/" + place
			f := formatOf(t, path, string(before))
			opts := wrap.Options{
				Runner: own, Flags: []string{"--policy", "/etc/x y"},
				Secret: func(url string) bool { return gate.RedactText(url) != url },
			}
			r, err := wrap.Wrap(f, before, opts)
			require.NoError(t, err)

			var report bytes.Buffer
			for _, c := range r.Changes {
				fmt.Fprintf(&report, "%d %s %s %s\n", c.Line, c.Action, c.Server, c.Note)
			}
			golden(t, sample, r.Data)
			golden(t, strings.TrimSuffix(sample, filepath.Ext(sample))+".txt", report.Bytes())

			again, err := wrap.Wrap(f, r.Data, opts)
			require.NoError(t, err)
			require.Equal(t, string(r.Data), string(again.Data), "wrapped twice")
			require.NoError(t, wrap.Check(f, r.Data, before, own))
		})
	}
}

func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join("testdata", "wrapped", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(data))
}

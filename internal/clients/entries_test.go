package clients_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// entries are those of a sample.
func entries(t *testing.T, path string) ([]byte, []clients.Entry) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "samples", path))
	require.NoError(t, err)
	client, syntax, err := clients.Detect(filepath.Join("/", path), data)
	require.NoError(t, err)
	doc, err := clients.Parse(data, syntax)
	require.NoError(t, err)
	return data, clients.Entries(doc.Root, client)
}

// Where a command stands is found in every form, so that a change can replace
// just that.
func TestEntriesSayWhereTheCommandStands(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"claude-desktop/claude_desktop_config.json": {
			`filesystem mcpServers "filesystem" "npx" ["-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "/home/alice/notes"]`,
		},
		"zed/settings.json": {
			`new-form context_servers "new-form" "npx" ["-y", "mcp-linear@1.0.0"]`,
			`old-form context_servers "old-form" "/usr/local/bin/pg-mcp" ["--stdio"]`,
		},
		"zed/oldest.json": {`python_context_server experimental.context_servers  "python" ["-m", "my_context_server"]`},
		"codex/config.toml": {
			`context7 mcp_servers context7 "npx" ["-y", "@upstash/context7-mcp@1.0.14"]`,
			`with space mcp_servers "with space" 'C:\tools\server.exe' `,
			`inline mcp_servers inline "uvx" ["mcp-server-fetch"]`,
			"dotted mcp_servers dotted \"python\" [\n  \"-m\", # a module\n  \"server\",\n]",
		},
		"continue/config.yaml": {
			"SQLite mcpServers  uvx - mcp-server-sqlite\n      - --db-path\n      - \"/home/alice/data/app.db\"",
			"Playwright mcpServers  *node [-y, '@playwright/mcp@0.0.32']",
		},
		"goose/config.yaml": {"github extensions github npx - -y\n      - '@modelcontextprotocol/server-github'"},
		"opencode/opencode.jsonc": {
			`local mcp "local" ["npx", "-y", "local-mcp@1.0.0"] `,
		},
		"claude-code/.claude.json": {
			`context7 mcpServers "context7" "npx" ["-y", "@upstash/context7-mcp@1.0.14"]`,
			`db projects./home/alice/src/shop.mcpServers "db" "uvx" ["postgres-mcp==0.3.0"]`,
		},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			data, all := entries(t, path)
			span := func(n *tree.Node) string {
				if n == nil {
					return ""
				}
				return string(data[n.Start:n.End])
			}
			var got []string
			for _, e := range all {
				line := e.Name + " "
				for i, name := range e.Path {
					if i > 0 {
						line += "."
					}
					line += name
				}
				line += " " + string(data[e.NameStart:e.NameEnd]) + " " + span(e.Launch.Get(e.Fields.Command)) + " "
				if e.Fields.Args != "" {
					line += span(e.Launch.Get(e.Fields.Args))
				}
				got = append(got, line)
				require.True(t, slices.ContainsFunc(e.Container.Members, func(m tree.Member) bool { return m.Value == e.Node }) ||
					slices.Contains(e.Container.Elements, e.Node))
			}
			for _, line := range want {
				require.Contains(t, got, line)
			}
		})
	}
}

func TestEntriesOfNoServers(t *testing.T) {
	t.Parallel()
	require.Empty(t, clients.Entries(nil, clients.Client{}))
	for _, text := range []string{"", "[]", "null", `{"mcpServers": []}`, `{"mcpServers": 1}`, `{"mcpServers": {}}`} {
		doc, err := clients.Parse([]byte(text), clients.SyntaxJSON)
		require.NoError(t, err)
		for _, c := range clients.Known() {
			require.Empty(t, clients.Entries(doc.Root, c), "%s: %s", c.ID, text)
		}
	}
}

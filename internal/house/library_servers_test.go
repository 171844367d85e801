package house_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/suite"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// popular are servers as the pages that describe them say to start them.
var popular = []string{
	`command: [npx, -y, "@modelcontextprotocol/server-everything"]`,
	`command: [npx, -y, "@modelcontextprotocol/server-filesystem", /home/u/Desktop]`,
	`command: [npx, -y, "@modelcontextprotocol/server-github"]`,
	`command: [npx, "@playwright/mcp@latest"]`,
	`command: [npx, -y, mcp-remote, "https://mcp.linear.app/sse"]`,
	`command: [npx, -y, "@upstash/context7-mcp"]`,
	`command: [npx, -y, figma-developer-mcp, --stdio]`,
	`command: [npx, -y, mcp-server-kubernetes]`,
	`command: [npx, -y, tavily-mcp@0.2.1]`,
	`command: [cmd, /c, npx, -y, "@modelcontextprotocol/server-memory"]`,
	`command: [uvx, mcp-server-git, --repository, /home/u/repository]`,
	`command: [uvx, mcp-server-fetch]`,
	`command: [uvx, mcp-atlassian]`,
	`command: [uvx, --from, "git+https://github.com/oraios/serena", serena, start-mcp-server]`,
	`command: [uv, --directory, /home/u/weather, run, weather.py]`,
	`command: [node, /home/u/server/build/index.js]`,
	`command: [python, -m, mcp_server_time]`,
	`command: [docker, run, -i, --rm, mcp/fetch]`,
	`command: [docker, run, -i, --rm, -e, GITHUB_PERSONAL_ACCESS_TOKEN, ghcr.io/github/github-mcp-server]`,
	`command: [docker, run, -i, --rm, --mount, "type=bind,src=/home/u/project,dst=/projects", mcp/filesystem, /projects]`,
	`remote_url: https://mcp.notion.com/mcp`,
	`remote_url: http://localhost:3000/mcp`,
}

// What people start as they were told to is no server that hardly anybody means
// to start, and a team that has no lists of its own goes on with it.
func TestProfilesLetPeopleWork(t *testing.T) {
	t.Parallel()
	var cases strings.Builder
	cases.WriteString("cases:\n")
	for _, server := range popular {
		fmt.Fprintf(&cases, "  - name: %q\n    %s\n    expect: {allowed: true}\n", server, server)
	}
	s, err := suite.Parse("popular.yaml", []byte(cases.String()))
	require.NoError(t, err)
	for _, profile := range []string{"starter", "recommended"} {
		source, err := library.Source(profile)
		require.NoError(t, err)
		store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{
			Name: profile, FS: source, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler),
		}})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		results, err := s.Run(t.Context(), store, func(string) bool { return true })
		require.NoError(t, err)
		require.Len(t, results, len(popular))
		for _, r := range results {
			require.Equal(t, rego.OutcomePass, r.Outcome, "%s: %s\n%s\n%s", profile, r.Name, r.Error, strings.Join(r.Reasons, "\n"))
		}
	}
}

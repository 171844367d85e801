package clients

import "github.com/mcp-runner/mcp-runner/internal/clients/tree"

var anthropicDialects = []dialect{
	{
		client: Client{
			ID: "claude-desktop", Name: "Claude Desktop",
			Docs: "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
		},
		places: []place{
			{path: "CONFIG/Claude/claude_desktop_config.json", scope: ScopeUser},
			{
				path:  "LOCAL/Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
				scope: ScopeUser, systems: []string{windows},
			},
		},
		names:      []string{"claude_desktop_config.json"},
		containers: [][]string{{"mcpServers"}},
		// Claude Desktop takes remote servers from its settings only, but a file that
		// has one shows what a later version would start.
		fields: remote,
	},
	{
		client: Client{ID: "claude-code", Name: "Claude Code", Docs: "https://code.claude.com/docs/en/mcp"},
		places: []place{
			{path: "CLAUDE/.claude.json", scope: ScopeUser},
			{path: "PROJECT/.mcp.json", scope: ScopeProject},
			{path: "UNIXETC/claude-code/managed-mcp.json", scope: ScopeSystem, systems: []string{linux}},
			{path: "ETC/ClaudeCode/managed-mcp.json", scope: ScopeSystem, systems: []string{darwin, windows}},
			{path: "PROGRAMS/ClaudeCode/managed-mcp.json", scope: ScopeSystem, systems: []string{windows}},
		},
		names: []string{".claude.json", "managed-mcp.json"},
		// Visual Studio reads .mcp.json, too, and lists its servers in servers.
		containers: [][]string{{"mcpServers"}, {"projects", "*", "mcpServers"}, {"servers"}},
		fields:     remote,
		variables:  braces | predefined | inputs,
		off:        claudeCodeOff,
	},
}

// claudeCodeOff reports whether the project that lists an entry switches it off.
func claudeCodeOff(root *tree.Node, e Entry) bool {
	if e.Project == "" {
		return false
	}
	return lists(root.Get("projects", e.Project, "disabledMcpServers"), e.Name)
}

// lists reports whether n is an array with the string s.
func lists(n *tree.Node, s string) bool {
	if n == nil {
		return false
	}
	for _, element := range n.Elements {
		if element.Kind == tree.String && element.Text == s {
			return true
		}
	}
	return false
}

package clients

import "github.com/mcp-runner/mcp-runner/internal/clients/tree"

var editorDialects = []dialect{
	{
		client: Client{
			ID: "vscode", Name: "VS Code",
			Docs: "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
		},
		places: []place{
			{path: "CONFIG/Code/User/mcp.json", scope: ScopeUser},
			{path: "CONFIG/Code/User/profiles/*/mcp.json", scope: ScopeUser},
			{path: "CONFIG/Code/User/settings.json", scope: ScopeUser},
			{path: "CONFIG/Code/User/profiles/*/settings.json", scope: ScopeUser},
			{path: "CONFIG/Code - Insiders/User/mcp.json", scope: ScopeUser},
			{path: "CONFIG/Code - Insiders/User/profiles/*/mcp.json", scope: ScopeUser},
			{path: "CONFIG/Code - Insiders/User/settings.json", scope: ScopeUser},
			{path: "CONFIG/VSCodium/User/mcp.json", scope: ScopeUser},
			{path: "HOME/.vscode-server/data/User/mcp.json", scope: ScopeUser},
			{path: "HOME/.vscode-server/data/Machine/settings.json", scope: ScopeUser},
			{path: "PROJECT/.vscode/mcp.json", scope: ScopeProject},
			{path: "PROJECT/.vscode/settings.json", scope: ScopeProject},
			{path: "PROJECT/.devcontainer/devcontainer.json", scope: ScopeProject},
			{path: "PROJECT/.devcontainer.json", scope: ScopeProject},
		},
		containers: [][]string{{"servers"}, {"mcp", "servers"}, {"customizations", "vscode", "mcp", "servers"}},
		fields:     remote.with(func(f *Fields) { f.EnvFile, f.Dir = "envFile", "cwd" }),
		variables:  envColon | inputs | predefined,
		tildeArgs:  true,
	},
	{
		client: Client{ID: "cursor", Name: "Cursor", Docs: "https://cursor.com/docs/context/mcp"},
		places: []place{
			{path: "HOME/.cursor/mcp.json", scope: ScopeUser},
			{path: "PROJECT/.cursor/mcp.json", scope: ScopeProject},
		},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.EnvFile, f.Dir = "envFile", "cwd" }),
		variables:  envColon | predefined,
	},
	{
		client: Client{ID: "windsurf", Name: "Windsurf", Docs: "https://docs.windsurf.com/windsurf/cascade/mcp"},
		places: []place{
			{path: "HOME/.codeium/windsurf/mcp_config.json", scope: ScopeUser},
			{path: "HOME/.codeium/windsurf-next/mcp_config.json", scope: ScopeUser},
			{path: "HOME/.codeium/mcp_config.json", scope: ScopeUser},
		},
		names:      []string{"mcp_config.json"},
		containers: [][]string{{"mcpServers"}},
		fields: remote.with(func(f *Fields) {
			f.URL, f.Disabled = []string{"serverUrl", "url"}, "disabled"
		}),
		variables: envColon | fileColon,
	},
	{
		client: Client{ID: "zed", Name: "Zed", Docs: "https://zed.dev/docs/ai/mcp"},
		places: []place{
			{path: "XDG/zed/settings.json", scope: ScopeUser, systems: []string{linux, darwin}},
			{path: "CONFIG/Zed/settings.json", scope: ScopeUser, systems: []string{windows}},
			{path: "HOME/.var/app/dev.zed.Zed/config/zed/settings.json", scope: ScopeUser, systems: []string{linux}},
			{path: "PROJECT/.zed/settings.json", scope: ScopeProject},
		},
		containers: [][]string{{"context_servers"}, {"experimental", "context_servers"}},
		fields:     remote.with(func(f *Fields) { f.Type, f.Enabled = "", "enabled" }),
		launch:     nestedLaunch,
	},
	{
		client: Client{ID: "jetbrains", Name: "JetBrains AI Assistant", Docs: "https://www.jetbrains.com/help/ai-assistant/mcp.html"},
		places: []place{
			{path: "HOME/.ai/mcp/mcp.json", scope: ScopeUser},
			{path: "PROJECT/.ai/mcp/mcp.json", scope: ScopeProject},
			{path: "CONFIG/JetBrains/*/options/llm.mcpServers.xml", scope: ScopeUser},
			{path: "CONFIG/Google/AndroidStudio*/options/llm.mcpServers.xml", scope: ScopeUser},
			{path: "PROJECT/.idea/workspace.xml", scope: ScopeProject},
			{path: "PROJECT/.idea/.idea.*/.idea/workspace.xml", scope: ScopeProject},
		},
		names:      []string{"llm.mcpServers.xml"},
		containers: [][]string{{"mcpServers"}, {}},
		fields:     remote.with(func(f *Fields) { f.Dir, f.Enabled = "workingDirectory", "enabled" }),
	},
	{
		client: Client{ID: "junie", Name: "Junie", Docs: "https://junie.jetbrains.com/docs/junie-cli-mcp-configuration.html"},
		places: []place{
			{path: "HOME/.junie/mcp/*.json", scope: ScopeUser},
			{path: "PROJECT/.junie/mcp/*.json", scope: ScopeProject},
		},
		containers: [][]string{{"mcpServers"}},
		fields:     remote,
	},
	{
		client: Client{
			ID: "copilot-jetbrains", Name: "GitHub Copilot for JetBrains",
			Docs: "https://docs.github.com/en/copilot/how-tos/provide-context/use-mcp/extend-copilot-chat-with-mcp",
		},
		places:     []place{{path: "LOCAL/github-copilot/intellij/mcp.json", scope: ScopeUser}},
		containers: [][]string{{"servers"}},
		fields:     remote.with(func(f *Fields) { f.Headers = []string{"headers", "requestInit.headers"} }),
		variables:  envColon | inputs,
	},
	{
		client: Client{ID: "cline", Name: "Cline", Docs: "https://docs.cline.bot/mcp/configuring-mcp-servers"},
		places: []place{
			{path: "CONFIG/*/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", scope: ScopeUser},
			{path: "HOME/.vscode-server/data/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", scope: ScopeUser},
			{path: "HOME/.cline/data/settings/cline_mcp_settings.json", scope: ScopeUser},
		},
		names:      []string{"cline_mcp_settings.json"},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.Dir, f.Disabled = "cwd", "disabled" }),
		// Cline takes a URL without a type for one of Server-Sent Events.
		remoteType: map[string]string{"url": "sse"},
		variables:  envColon,
		launch:     transportTypeLaunch,
	},
	{
		client: Client{ID: "roo-code", Name: "Roo Code", Docs: "https://docs.roocode.com/features/mcp/using-mcp-in-roo"},
		places: []place{
			{path: "CONFIG/*/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", scope: ScopeUser},
			{path: "CONFIG/*/User/globalStorage/rooveterinaryinc.roo-cline/settings/cline_mcp_settings.json", scope: ScopeUser},
			{path: "HOME/.vscode-server/data/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", scope: ScopeUser},
			{path: "PROJECT/.roo/mcp.json", scope: ScopeProject},
		},
		names:      []string{"mcp_settings.json"},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.Dir, f.Disabled = "cwd", "disabled" }),
		remoteType: map[string]string{"url": "sse"},
		variables:  envColon | predefined,
	},
}

// nestedLaunch finds the fields of the command where an object holds them: in
// command, with the program in path, and in transport.
func nestedLaunch(entry *tree.Node, fields Fields) (*tree.Node, Fields) {
	if n := entry.Get("command"); n != nil && n.Kind == tree.Object {
		fields.Command = "path"
		return n, fields
	}
	if n := entry.Get("transport"); n != nil && n.Kind == tree.Object {
		return n, fields
	}
	if entry.Get("command") == nil && entry.Get("executable") != nil {
		fields.Command = "executable"
	}
	return entry, fields
}

// transportTypeLaunch reads the type from transportType, as older files have it.
func transportTypeLaunch(entry *tree.Node, fields Fields) (*tree.Node, Fields) {
	if entry.Get("type") == nil && entry.Get("transportType") != nil {
		fields.Type = "transportType"
	}
	return entry, fields
}

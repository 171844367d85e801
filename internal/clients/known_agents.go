package clients

import "github.com/mcp-runner/mcp-runner/internal/clients/tree"

var agentDialects = []dialect{
	{
		client: Client{ID: "continue", Name: "Continue", Docs: "https://docs.continue.dev/customize/deep-dives/mcp"},
		places: []place{
			{path: "CONTINUE/config.yaml", scope: ScopeUser},
			{path: "CONTINUE/config.json", scope: ScopeUser},
			{path: "CONTINUE/mcpServers/*.yaml", scope: ScopeUser},
			{path: "CONTINUE/mcpServers/*.yml", scope: ScopeUser},
			{path: "CONTINUE/mcpServers/*.json", scope: ScopeUser},
			{path: "CONTINUE/assistants/*.yaml", scope: ScopeUser},
			{path: "CONTINUE/agents/*.yaml", scope: ScopeUser},
			{path: "PROJECT/.continue/mcpServers/*.yaml", scope: ScopeProject},
			{path: "PROJECT/.continue/mcpServers/*.yml", scope: ScopeProject},
			{path: "PROJECT/.continue/mcpServers/*.json", scope: ScopeProject},
			{path: "PROJECT/.continue/assistants/*.yaml", scope: ScopeProject},
			{path: "PROJECT/.continue/agents/*.yaml", scope: ScopeProject},
			{path: "PROJECT/.continuerc.json", scope: ScopeProject},
		},
		containers: [][]string{{"mcpServers"}, {"experimental", "modelContextProtocolServers"}},
		fields: remote.with(func(f *Fields) {
			f.Dir, f.EnvFile, f.Headers = "cwd", "envFile", []string{"requestOptions.headers", "headers"}
		}),
		launch:    nestedLaunch,
		variables: doubleBraces,
	},
	{
		client: Client{ID: "codex", Name: "Codex", Docs: "https://developers.openai.com/codex/mcp"},
		places: []place{
			{path: "CODEX/config.toml", scope: ScopeUser},
			{path: "CODEX/managed_config.toml", scope: ScopeUser},
			{path: "PROJECT/.codex/config.toml", scope: ScopeProject},
			{path: "UNIXETC/codex/config.toml", scope: ScopeSystem, systems: []string{linux, darwin}},
			{path: "UNIXETC/codex/managed_config.toml", scope: ScopeSystem, systems: []string{linux, darwin}},
		},
		containers: [][]string{{"mcp_servers"}},
		fields: Fields{
			Command: "command", Args: "args", Env: "env", HostEnv: "env_vars", Dir: "cwd",
			URL: []string{"url"}, Headers: []string{"http_headers"}, Enabled: "enabled",
		},
	},
	{
		client: Client{ID: "gemini", Name: "Gemini CLI", Docs: "https://geminicli.com/docs/tools/mcp-server/"},
		places: []place{
			{path: "HOME/.gemini/settings.json", scope: ScopeUser},
			{path: "PROJECT/.gemini/settings.json", scope: ScopeProject},
			{path: "HOME/.gemini/extensions/*/gemini-extension.json", scope: ScopeUser},
			{path: "PROJECT/.gemini/extensions/*/gemini-extension.json", scope: ScopeProject},
			{path: "UNIXETC/gemini-cli/settings.json", scope: ScopeSystem, systems: []string{linux}},
			{path: "ETC/GeminiCli/settings.json", scope: ScopeSystem, systems: []string{darwin}},
			{path: "ETC/gemini-cli/settings.json", scope: ScopeSystem, systems: []string{windows}},
		},
		names:       []string{"gemini-extension.json"},
		containers:  [][]string{{"mcpServers"}},
		fields:      remote.with(func(f *Fields) { f.Dir, f.URL = "cwd", []string{"httpUrl", "url"} }),
		remoteType:  map[string]string{"url": "sse"},
		remoteFirst: true,
		variables:   braces | dollar | percent | predefined,
		off:         geminiOff,
	},
	{
		client: Client{ID: "antigravity", Name: "Antigravity", Docs: "https://antigravity.google/docs/mcp"},
		places: []place{
			{path: "HOME/.gemini/antigravity/mcp_config.json", scope: ScopeUser},
			{path: "HOME/.gemini/config/mcp_config.json", scope: ScopeUser},
		},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.URL, f.Disabled = []string{"serverUrl", "url"}, "disabled" }),
	},
	{
		client: Client{
			ID: "copilot-cli", Name: "GitHub Copilot CLI",
			Docs: "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
		},
		places:     []place{{path: "COPILOT/mcp-config.json", scope: ScopeUser}},
		names:      []string{"mcp-config.json"},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.Dir = "cwd" }),
		variables:  braces | dollar,
	},
	{
		client: Client{
			ID: "amazon-q", Name: "Amazon Q Developer",
			Docs: "https://docs.aws.amazon.com/amazonq/latest/qdeveloper-ug/command-line-mcp-config-CLI.html",
		},
		places: []place{
			{path: "HOME/.aws/amazonq/mcp.json", scope: ScopeUser},
			{path: "HOME/.aws/amazonq/default.json", scope: ScopeUser},
			{path: "HOME/.aws/amazonq/agents/*.json", scope: ScopeUser},
			{path: "HOME/.aws/amazonq/cli-agents/*.json", scope: ScopeUser},
			{path: "PROJECT/.amazonq/mcp.json", scope: ScopeProject},
			{path: "PROJECT/.amazonq/default.json", scope: ScopeProject},
			{path: "PROJECT/.amazonq/agents/*.json", scope: ScopeProject},
			{path: "PROJECT/.amazonq/cli-agents/*.json", scope: ScopeProject},
		},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.Disabled = "disabled" }),
		variables:  envColon,
	},
	{
		client: Client{ID: "kiro", Name: "Kiro", Docs: "https://kiro.dev/docs/mcp/configuration/"},
		places: []place{
			{path: "HOME/.kiro/settings/mcp.json", scope: ScopeUser},
			{path: "HOME/.kiro/agents/*.json", scope: ScopeUser},
			{path: "PROJECT/.kiro/settings/mcp.json", scope: ScopeProject},
			{path: "PROJECT/.kiro/agents/*.json", scope: ScopeProject},
		},
		containers: [][]string{{"mcpServers"}},
		fields:     remote.with(func(f *Fields) { f.Disabled = "disabled" }),
		variables:  braces | envColon,
	},
	{
		client:     Client{ID: "lm-studio", Name: "LM Studio", Docs: "https://lmstudio.ai/docs/app/mcp"},
		places:     []place{{path: "HOME/.lmstudio/mcp.json", scope: ScopeUser}, {path: "HOME/.cache/lm-studio/mcp.json", scope: ScopeUser}},
		containers: [][]string{{"mcpServers"}},
		fields:     remote,
	},
	{
		client: Client{ID: "goose", Name: "Goose", Docs: "https://block.github.io/goose/docs/getting-started/using-extensions"},
		places: []place{
			{path: "XDG/goose/config.yaml", scope: ScopeUser, systems: []string{linux, darwin}},
			{path: "CONFIG/Block/goose/config/config.yaml", scope: ScopeUser, systems: []string{windows}},
		},
		containers: [][]string{{"extensions"}},
		fields: Fields{
			Command: "cmd", Args: "args", Env: "envs", HostEnv: "env_keys", Type: "type",
			URL: []string{"uri", "url"}, Headers: []string{"headers"}, Enabled: "enabled",
		},
		variables: braces | dollar,
		skip:      gooseOwn,
	},
	{
		client: Client{ID: "opencode", Name: "opencode", Docs: "https://opencode.ai/docs/mcp-servers/"},
		places: []place{
			{path: "DOTCONFIG/opencode/opencode.json", scope: ScopeUser},
			{path: "DOTCONFIG/opencode/opencode.jsonc", scope: ScopeUser},
			{path: "DOTCONFIG/opencode/config.json", scope: ScopeUser},
			{path: "PROJECT/opencode.json", scope: ScopeProject},
			{path: "PROJECT/opencode.jsonc", scope: ScopeProject},
			{path: "PROJECT/.opencode/opencode.json", scope: ScopeProject},
			{path: "PROJECT/.opencode/opencode.jsonc", scope: ScopeProject},
		},
		names:      []string{"opencode.json", "opencode.jsonc"},
		containers: [][]string{{"mcp"}},
		fields: Fields{
			Command: "command", Env: "environment", Dir: "cwd", Type: "type",
			URL: []string{"url"}, Headers: []string{"headers"}, Enabled: "enabled",
		},
		variables: envBraces,
	},
}

// geminiOff reports whether the lists of the same file switch an entry off.
func geminiOff(root *tree.Node, e Entry) bool {
	for _, path := range [][]string{{"mcp", "excluded"}, {"excludeMCPServers"}} {
		if lists(root.Get(path...), e.Name) {
			return true
		}
	}
	for _, path := range [][]string{{"mcp", "allowed"}, {"allowMCPServers"}} {
		if allowed := root.Get(path...); allowed != nil && len(allowed.Elements) > 0 && !lists(allowed, e.Name) {
			return true
		}
	}
	return false
}

// gooseOwn reports whether an extension is a part of Goose, which is no server
// of the file's.
func gooseOwn(entry *tree.Node) bool {
	kind := entry.Get("type")
	return kind != nil && (kind.Text == "builtin" || kind.Text == "platform")
}

package clients

var containerDialects = []dialect{
	{
		client: Client{ID: "toolhive", Name: "ToolHive", Docs: "https://docs.stacklok.com/toolhive/guides-cli/run-mcp-servers"},
		places: []place{{path: "STATE/toolhive/runconfigs/*.json", scope: ScopeUser}},
		read:   readRunConfig,
	},
	{
		client: Client{ID: "docker-mcp", Name: "Docker MCP Toolkit", Docs: "https://docs.docker.com/ai/mcp-catalog-and-toolkit/"},
		places: []place{{path: "HOME/.docker/mcp/registry.yaml", scope: ScopeUser}},
		read:   readDocker,
	},
}

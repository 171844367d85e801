# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.json_filter_typo

deny contains "latest" if {
	found := json.filter(input.server, ["image/tagg"]) # want: unknown-key
	found == {"image": {"tag": "latest"}}
}

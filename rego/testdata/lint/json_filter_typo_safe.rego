# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.json_filter_typo

deny contains "latest" if {
	found := json.filter(input.server, ["image/tag"])
	found == {"image": {"tag": "latest"}}
}

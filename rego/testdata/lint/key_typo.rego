# input: {"server": {"mounts": [{"resolved": "/"}]}}
# outcome: silent
package mcp.policy.key_typo

deny contains "the root directory" if {
	some mount in input.server.mounts
	some field in ["source", "resolve"]
	mount[field] == "/" # want: unknown-input-field
}

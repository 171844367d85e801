# input: {"server": {"mounts": [{"resolved": "/"}]}}
package mcp.policy.key_typo

deny contains "the root directory" if {
	some mount in input.server.mounts
	some field in ["source", "resolved"]
	mount[field] == "/"
}

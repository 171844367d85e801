# input: {"server": {"kind": "remote", "remote": {"host": "evil.example"}}}
package mcp.policy.key_computed

deny contains "evil" if {
	some part in ["remote", "endpoint"]
	input.server[part].host == "evil.example"
}

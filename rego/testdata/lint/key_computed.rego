# input: {"server": {"kind": "remote", "remote": {"host": "evil.example"}}}
# outcome: silent
package mcp.policy.key_computed

deny contains "evil" if {
	part := concat("", [input.server.kind, "s"])
	input.server[part].host == "evil.example" # want: dynamic-key
}

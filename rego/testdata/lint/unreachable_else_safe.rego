# input: {"server": {"kind": "remote"}}
package mcp.policy.unreachable_else

level := "high" if {
	input.server.kind == "remote"
} else := "low"

deny contains "the level is high" if level == "high"

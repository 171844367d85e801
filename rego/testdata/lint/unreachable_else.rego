# input: {"server": {"kind": "remote"}}
# outcome: silent
package mcp.policy.unreachable_else

level := "low" if {
	true
} else := "high" if {
	# want above: unreachable-else
	input.server.kind == "remote"
}

deny contains "the level is high" if level == "high"

# input: {"server": {"image": {"reference": "evil.example/x"}}}
# outcome: silent
package mcp.policy.assigned_condition

ours if {
	good := startswith(input.server.image.reference, "ghcr.io/") # want: unused-condition
}

deny contains "not ours" if not ours

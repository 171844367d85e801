# input: {"server": {"environment": [{"name": "A", "value": ""}]}}
# outcome: silent
package mcp.policy.truthy_member

set if {
	some variable in input.server.environment
	variable.value # want: always-truthy
}

deny contains "no variable is set" if not set

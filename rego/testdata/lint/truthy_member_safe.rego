# input: {"server": {"environment": [{"name": "A", "value": ""}]}}
package mcp.policy.truthy_member

set if {
	some variable in input.server.environment
	variable.value != ""
}

deny contains "no variable is set" if not set

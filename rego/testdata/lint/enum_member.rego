# input: {"server": {"environment": [{"name": "A", "source": "literal"}]}}
# outcome: silent
package mcp.policy.enum_member

deny contains variable.name if {
	some variable in input.server.environment
	variable.source == "plain" # want: enum-value
}

# input: {"server": {"environment": [{"name": "debug"}]}}
package mcp.policy.argument_type

loud(variable) if upper(variable.name) == "DEBUG"

deny contains "debug" if {
	some variable in input.server.environment
	loud(variable)
}

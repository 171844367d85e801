# input: {"server": {"environment": [{"name": "debug"}]}}
# outcome: silent
package mcp.policy.argument_type

loud(variable) if upper(variable) == "DEBUG" # want: argument-type

deny contains "debug" if {
	some variable in input.server.environment
	loud(variable)
}

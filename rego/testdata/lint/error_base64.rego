# input: {"server": {"environment": [{"name": "B", "value": "%"}]}}
# outcome: silent
package mcp.policy.error_base64

deny contains "not the value" if {
	some variable in input.server.environment
	base64.decode(variable.value) != "ok" # want: builtin-error
}

# input: {"server": {"environment": [{"name": "OPTIONS", "value": "{"}]}}
# outcome: silent
package mcp.policy.error_json

deny contains "unsafe options" if {
	some variable in input.server.environment
	variable.name == "OPTIONS"
	not json.unmarshal(variable.value) == {} # want: builtin-error
}

# input: {"server": {"environment": [{"name": "OPTIONS", "value": "{"}]}}
package mcp.policy.error_json

safe(text) if {
	json.is_valid(text)
	json.unmarshal(text) == {}
}

deny contains "unsafe options" if {
	some variable in input.server.environment
	variable.name == "OPTIONS"
	not safe(variable.value)
}

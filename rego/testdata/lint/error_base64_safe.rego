# input: {"server": {"environment": [{"name": "B", "value": "%"}]}}
package mcp.policy.error_base64

ok(text) if {
	base64.is_valid(text)
	base64.decode(text) == "ok"
}

deny contains "not the value" if {
	some variable in input.server.environment
	not ok(variable.value)
}

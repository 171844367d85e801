# input: {"server": {"labels": [{"name": "expires", "value": "soon"}]}}
package mcp.policy.error_time

lasting(label) if {
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$`, label.value)
	time.parse_rfc3339_ns(label.value) >= time.parse_rfc3339_ns(input.context.time)
}

deny contains "expired" if {
	some label in input.server.labels
	label.name == "expires"
	not lasting(label)
}

# input: {"server": {"labels": [{"name": "expires", "value": "soon"}]}}
# outcome: silent
package mcp.policy.error_time

deny contains "expired" if {
	some label in input.server.labels
	label.name == "expires"
	time.parse_rfc3339_ns(label.value) < time.parse_rfc3339_ns(input.context.time) # want: builtin-error
}

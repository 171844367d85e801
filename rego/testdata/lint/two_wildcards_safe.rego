# input: {"server": {"labels": [{"name": "team", "value": "red"}, {"name": "reviewed", "value": "no"}, {"name": "x", "value": "yes"}]}}
package mcp.policy.two_wildcards

reviewed if {
	some label in input.server.labels
	label.name == "reviewed"
	label.value == "yes"
}

deny contains "nobody reviewed it" if not reviewed

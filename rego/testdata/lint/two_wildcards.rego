# input: {"server": {"labels": [{"name": "team", "value": "red"}, {"name": "reviewed", "value": "no"}, {"name": "x", "value": "yes"}]}}
# outcome: silent
package mcp.policy.two_wildcards

reviewed if {
	input.server.labels[_].name == "reviewed"
	input.server.labels[_].value == "yes" # want: two-wildcards
}

deny contains "nobody reviewed it" if not reviewed

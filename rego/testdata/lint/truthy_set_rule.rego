# input: {"server": {"labels": []}}
# outcome: silent
package mcp.policy.truthy_set_rule

owners contains label.value if {
	some label in input.server.labels
	label.name == "owner"
}

deny contains "nobody owns it" if not owners # want: always-truthy

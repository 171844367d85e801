# input: {"server": {"labels": []}}
package mcp.policy.truthy_set_rule

owners contains label.value if {
	some label in input.server.labels
	label.name == "owner"
}

deny contains "nobody owns it" if count(owners) == 0

# input: {"server": {"labels": [{"name": "public", "value": "yes"}]}}
package mcp.policy.list_by_name

public(labels) if {
	some label in labels
	label.name == "public"
	label.value == "yes"
}

deny contains "public" if public(input.server.labels)

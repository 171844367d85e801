# input: {"server": {"labels": [{"name": "public", "value": "yes"}]}}
package mcp.policy.object_get_list

public(labels) if {
	some label in labels
	label == {"name": "public", "value": "yes"}
}

deny contains "public" if public(input.server.labels)

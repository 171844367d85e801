# input: {"server": {"labels": [{"name": "public", "value": "yes"}]}}
# outcome: silent
package mcp.policy.object_get_list

public(labels) if object.get(labels, "public", "") == "yes" # want: argument-type

deny contains "public" if public(input.server.labels)

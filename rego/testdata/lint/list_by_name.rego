# input: {"server": {"labels": [{"name": "public", "value": "yes"}]}}
# outcome: silent
package mcp.policy.list_by_name

public(labels) if labels.public == "yes" # want: unknown-input-field

deny contains "public" if public(input.server.labels)

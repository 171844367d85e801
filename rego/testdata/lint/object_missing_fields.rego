# input: {"server": {"labels": [{"name": "public", "value": "yes"}]}}
# outcome: silent
package mcp.policy.object_missing_fields

deny contains "public" if {
	some label in input.server.labels
	label == {"name": "public"} # want: type-mismatch
}

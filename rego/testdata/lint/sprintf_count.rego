# input: {"server": {"permissions": {"privileged": true}, "name": "x"}}
# outcome: differs
package mcp.policy.sprintf_count

deny contains msg if {
	input.server.permissions.privileged
	msg := sprintf("%s of %s is privileged", [input.server.name]) # want: sprintf-verbs
}

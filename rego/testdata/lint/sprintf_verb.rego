# input: {"server": {"permissions": {"privileged": true}, "name": "x"}}
# outcome: differs
package mcp.policy.sprintf_verb

deny contains msg if {
	input.server.permissions.privileged
	msg := sprintf("%d is privileged", [input.server.name]) # want: sprintf-verbs
}

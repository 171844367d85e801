# input: {"server": {"permissions": {"privileged": true}, "name": "x"}}
package mcp.policy.sprintf_verb

deny contains msg if {
	input.server.permissions.privileged
	msg := sprintf("%s is privileged", [input.server.name])
}

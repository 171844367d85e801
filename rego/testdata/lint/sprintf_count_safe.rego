# input: {"server": {"permissions": {"privileged": true}, "name": "x"}}
package mcp.policy.sprintf_count

deny contains msg if {
	input.server.permissions.privileged
	msg := sprintf("%s of %s is privileged", [input.server.name, input.server.group])
}

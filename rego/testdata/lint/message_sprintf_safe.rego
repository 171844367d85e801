# input: {"config": {}, "server": {"permissions": {"privileged": true}}}
package mcp.policy.message_sprintf

deny contains msg if {
	input.server.permissions.privileged
	msg := sprintf("%s is privileged", [object.get(input.config, "display_name", "a server")])
}

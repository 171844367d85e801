# input: {"server": {"permissions": {"privileged": true}, "mounts": []}}
package mcp.policy.message_first_mount

deny contains msg if {
	input.server.permissions.privileged
	msg := concat(" ", array.concat(["privileged, with"], input.server.command.args))
}

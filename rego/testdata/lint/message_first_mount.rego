# input: {"server": {"permissions": {"privileged": true}, "mounts": []}}
# outcome: silent
package mcp.policy.message_first_mount

deny contains msg if {
	input.server.permissions.privileged
	msg := concat(" ", ["privileged, with", input.server.command.args[0]]) # want: message-undefined
}

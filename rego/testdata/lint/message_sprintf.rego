# input: {"config": {}, "server": {"permissions": {"privileged": true}}}
# outcome: silent
package mcp.policy.message_sprintf

deny contains msg if {
	input.server.permissions.privileged
	msg := sprintf("%s is privileged", [input.config.display_name]) # want: message-undefined
}

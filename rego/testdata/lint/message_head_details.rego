# input: {"config": {}, "server": {"permissions": {"privileged": true}}}
# outcome: silent
package mcp.policy.message_head_details

deny contains {
	"msg": "a privileged server",
	"details": {"ticket": input.config.ticket}, # want: message-undefined
} if {
	input.server.permissions.privileged
}

# input: {"config": {}, "server": {"permissions": {"privileged": true}}}
package mcp.policy.message_head_details

deny contains {
	"msg": "a privileged server",
	"details": {"ticket": object.get(input.config, "ticket", "")},
} if {
	input.server.permissions.privileged
}

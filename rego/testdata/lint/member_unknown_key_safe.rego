# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.member_unknown_key

deny contains violation if {
	input.server.permissions.privileged
	violation := {"msg": "privileged"}
}

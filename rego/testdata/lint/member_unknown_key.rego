# input: {"server": {"permissions": {"privileged": true}}}
# outcome: error
package mcp.policy.member_unknown_key

deny contains violation if { # want: member-shape
	input.server.permissions.privileged
	violation := {"msg": "privileged", "severity": "high"}
}

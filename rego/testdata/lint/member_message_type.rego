# input: {"server": {"permissions": {"privileged": true}}}
# outcome: error
package mcp.policy.member_message_type

deny contains {"msg": input.server.labels} if input.server.permissions.privileged # want: member-shape

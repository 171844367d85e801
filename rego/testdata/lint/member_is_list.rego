# input: {"server": {"permissions": {"privileged": true}}}
# outcome: error
package mcp.policy.member_is_list

deny contains ["privileged", input.server.name] if input.server.permissions.privileged # want: member-shape

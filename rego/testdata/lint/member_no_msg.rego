# input: {"server": {"permissions": {"privileged": true}}}
# outcome: error
package mcp.policy.member_no_msg

deny contains {"path": "/server/permissions/privileged"} if input.server.permissions.privileged # want: member-shape

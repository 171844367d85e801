# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.member_no_msg

deny contains {"msg": "privileged", "path": "/server/permissions/privileged"} if input.server.permissions.privileged

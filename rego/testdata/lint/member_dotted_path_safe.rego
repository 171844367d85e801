# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.member_dotted_path

deny contains {"msg": "privileged", "path": "/server/permissions/privileged"} if input.server.permissions.privileged

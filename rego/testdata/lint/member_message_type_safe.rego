# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.member_message_type

deny contains {"msg": "labels", "details": {"labels": input.server.labels}} if input.server.permissions.privileged

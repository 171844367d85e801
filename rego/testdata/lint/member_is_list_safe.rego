# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.member_is_list

deny contains sprintf("%s is privileged", [input.server.name]) if input.server.permissions.privileged

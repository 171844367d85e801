# input: {"server": {"permissions": {"privileged": true}}}
# outcome: error
package mcp.policy.member_dotted_path

deny contains {"msg": "privileged", "path": "server.permissions.privileged"} if input.server.permissions.privileged # want: member-path

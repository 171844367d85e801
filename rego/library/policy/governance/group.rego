# METADATA
# title: Servers belong to known groups
# description: >-
#   A client that is given a group gets every server in it. A server that somebody
#   puts into a group of their own naming escapes whoever looks after the known
#   ones, and one in a group that others use stands among their tools at once.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: low
#   remediation: >-
#     Choose one of the groups in params of governance.group: --group, or group in
#     the run config. Where the group is right and new, add it there; "" stands for
#     a server without a group.
#   owasp: [MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [groups]
#     properties:
#       groups:
#         description: The groups that servers may belong to, as they are written. "" is none.
#         type: array
#         items: {type: string}
#         default: ["", default]
package mcp.policy.governance.group

known if input.server.group in data.mcp.settings.params["governance.group"].groups

deny contains {"msg": msg, "path": "/server/group"} if {
	input.operation == "create_server"
	not known
	msg := sprintf("group %q is none of the known groups", [input.server.group])
}

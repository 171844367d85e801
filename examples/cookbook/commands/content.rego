# METADATA
# title: Local programs are held to their content
# description: >-
#   A program that is started here is one of those that were reviewed, by the digest of
#   its file.
# custom:
#   severity: high
#   remediation: >-
#     Ask the security team to add the digest of the new version.
#   owasp: [MCP09]
#   params:
#     type: object
#     required: [sha256]
#     additionalProperties: false
#     properties:
#       sha256:
#         type: array
#         items: {type: string}
package mcp.policy.commands.content

known if input.server.command.sha256 in data.mcp.settings.params["commands.content"].sha256

deny contains {"msg": msg, "path": "/server/command/sha256"} if {
	input.server.kind == "process"
	not known
	msg := sprintf("program %q is not one that was reviewed", [input.server.command.resolved])
}

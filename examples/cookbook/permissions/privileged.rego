# METADATA
# title: No privileged container
# description: >-
#   A privileged container owns the machine it runs on. Some teams need one: their group
#   is named in the settings.
# custom:
#   severity: critical
#   remediation: >-
#     Take privileged out of the permission profile, or --privileged out of the command
#     line.
#   owasp: [MCP02]
#   params:
#     type: object
#     required: [groups]
#     additionalProperties: false
#     properties:
#       groups:
#         type: array
#         items: {type: string}
package mcp.policy.permissions.privileged

excepted if {
	some group in input.context.user.groups
	group in data.mcp.settings.params["permissions.privileged"].groups
}

deny contains {"msg": "the container is privileged", "path": "/server/permissions/privileged"} if {
	input.server.permissions.privileged == true
	not excepted
}

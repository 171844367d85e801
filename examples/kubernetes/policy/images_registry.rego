# METADATA
# title: Images come from approved registries
# description: A server image must be pulled from a registry that the platform team has approved.
# custom:
#   severity: high
#   remediation: Ask the platform team to mirror the image, and set spec.image of the MCPServer to the copy.
#   owasp: [MCP04]
#   params:
#     type: object
#     required: [registries]
#     additionalProperties: false
#     properties:
#       registries:
#         type: array
#         items: {type: string}
package mcp.policy.images.registry

approved if input.server.image.registry in data.mcp.settings.params["images.registry"].registries

deny contains {"msg": msg, "path": "/server/image/registry"} if {
	input.server.image.repository != ""
	not approved
	msg := sprintf("image %q is not from an approved registry", [input.server.image.reference])
}

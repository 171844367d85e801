# METADATA
# title: Images come from approved registries
# description: >-
#   A container image is pulled from a registry that the security team has approved,
#   whether a run config or a docker run line names it.
# custom:
#   severity: high
#   remediation: >-
#     Ask the security team to mirror the image, or take one from an approved registry.
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

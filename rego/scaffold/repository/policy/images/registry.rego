# METADATA
# title: Images come from approved registries
# description: >-
#   A server image must be pulled from a registry that the security team has
#   approved.
# related_resources:
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Use an image from an approved registry, or ask the security team to mirror
#     this one.
#   owasp: [MCP04]
#   params:
#     type: object
#     required: [registries]
#     additionalProperties: false
#     properties:
#       registries:
#         description: Hosts of the approved registries, in lower case
#         type: array
#         items: {type: string}
#         examples: [[ghcr.io]]
package mcp.policy.images.registry

approved if input.server.image.registry in data.mcp.settings.params["images.registry"].registries

deny contains {"msg": msg, "path": "/server/image/registry"} if {
	input.server.image.repository != ""
	not approved
	msg := sprintf("image %q is not from an approved registry", [input.server.image.reference])
}

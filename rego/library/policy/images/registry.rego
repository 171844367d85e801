# METADATA
# title: Images come from approved registries
# description: >-
#   Anyone can put an image on a public registry under a name that looks right, and
#   a registry that nobody knows can serve another image to each person. Whoever
#   runs the image gives it the credentials and the mounts of the server. So images
#   come from registries that were chosen.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take the image from an approved registry, or have it mirrored to one, for
#     example as registry.corp.example/mcp/search. To approve a registry, add it to
#     registries in the params of images.registry.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [registries]
#     properties:
#       registries:
#         description: >-
#           Registries from which images may come, as HOST or HOST:PORT in lower case;
#           docker.io is Docker Hub.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [docker.io, ghcr.io, mcr.microsoft.com, public.ecr.aws, quay.io]
package mcp.policy.images.registry

import data.mcp.lib

approved if input.server.image.registry in data.mcp.settings.params["images.registry"].registries

deny contains {"msg": msg, "path": "/server/image/registry"} if {
	lib.image_runs(input.server)
	not approved
	msg := sprintf("image %s is not from an approved registry", [lib.image_label(input.server.image)])
}

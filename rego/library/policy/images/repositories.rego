# METADATA
# title: Images come from approved repositories
# description: >-
#   On a public registry, everyone has a repository. An approved registry says where
#   an image is kept, an approved repository who put it there. Names next to those
#   of a known publisher are how false images get pulled.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take the image of a publisher that is approved, such as mcp/fetch of Docker's
#     catalog. To approve a publisher or an image, add for example ghcr.io/acme or
#     ghcr.io/acme/search to repositories in the params of images.repositories.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [repositories]
#     properties:
#       repositories:
#         description: >-
#           A registry, or a registry with a repository or its first parts, each part
#           whole: ghcr.io/acme holds ghcr.io/acme/search, not ghcr.io/acme-other/search.
#           docker.io is Docker Hub, docker.io/library its official images.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - docker.io/mcp
#           - ghcr.io/github/github-mcp-server
#           - ghcr.io/modelcontextprotocol
#           - mcr.microsoft.com/playwright/mcp
package mcp.policy.images.repositories

import data.mcp.lib

approved if lib.image_in(input.server.image, data.mcp.settings.params["images.repositories"].repositories)

deny contains {"msg": msg, "path": "/server/image/repository"} if {
	lib.image_runs(input.server)
	not approved
	msg := sprintf("image %s is not from an approved repository", [lib.image_label(input.server.image)])
}

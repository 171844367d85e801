# METADATA
# title: No image by a tag that moves
# description: >-
#   The tag latest, which a reference without a tag means too, and tags such as main
#   or nightly are moved with every release. A new version starts without anyone
#   having looked at it, and two machines that ask for the same run different code.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Name the version that was reviewed, as in ghcr.io/acme/search:1.2.3, or better
#     its digest, as in ghcr.io/acme/search@sha256:….
#   owasp: [MCP04]
#   params:
#     type: object
#     additionalProperties: false
#     required: [tags]
#     properties:
#       tags:
#         description: Tags that move, beside latest, in lower case.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [beta, canary, dev, develop, edge, head, main, master, next, nightly, stable]
package mcp.policy.images.latest

# Beside a digest, a tag chooses nothing.
moving if {
	input.server.image.pinned == false
	lower(input.server.image.tag) == "latest"
}

moving if {
	input.server.image.pinned == false
	lower(input.server.image.tag) in data.mcp.settings.params["images.latest"].tags
}

deny contains {"msg": msg, "path": "/server/image/tag"} if {
	moving
	msg := sprintf("image %q is taken by the tag %s, which moves", [input.server.image.reference, input.server.image.tag])
}

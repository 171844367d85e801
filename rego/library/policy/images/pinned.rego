# METADATA
# title: Images are pinned by digest
# description: >-
#   A tag can be moved to other content at any time, by the publisher or by whoever
#   has taken over the publisher's account; what was reviewed yesterday need not be
#   what runs today. A digest names the content and nothing else.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Name the image by its digest, as in ghcr.io/acme/search:1.2.3@sha256:…; docker
#     buildx imagetools inspect IMAGE prints the digest.
#   owasp: [MCP04]
package mcp.policy.images.pinned

import data.mcp.lib

pinned if input.server.image.pinned == true

deny contains {"msg": msg, "path": "/server/image/digest"} if {
	lib.image_runs(input.server)
	not pinned
	msg := sprintf("image %s is not pinned by a digest", [lib.image_label(input.server.image)])
}

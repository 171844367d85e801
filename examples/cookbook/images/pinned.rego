# METADATA
# title: Images are pinned by digest
# description: >-
#   A tag can be moved to other content at any time. A digest cannot.
# custom:
#   severity: medium
#   remediation: >-
#     Give the image by digest, as in ghcr.io/acme/search@sha256:… (docker buildx
#     imagetools inspect IMAGE prints it).
#   owasp: [MCP04]
package mcp.policy.images.pinned

deny contains {"msg": msg, "path": "/server/image/digest"} if {
	input.server.image.repository != ""
	input.server.image.pinned == false
	msg := sprintf("image %q is not pinned by digest", [input.server.image.reference])
}

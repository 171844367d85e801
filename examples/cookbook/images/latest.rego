# METADATA
# title: No image by the tag latest
# description: >-
#   What latest means changes from day to day, and it is what a reference without a tag
#   means too.
# custom:
#   severity: low
#   remediation: >-
#     Name the version of the image that was reviewed.
#   owasp: [MCP04]
package mcp.policy.images.latest

warn contains {"msg": msg, "path": "/server/image/tag"} if {
	input.server.image.tag == "latest"
	input.server.image.digest == ""
	msg := sprintf("image %q is taken by the tag latest", [input.server.image.reference])
}

# METADATA
# title: Images of approved content only
# description: >-
#   A name says where an image comes from, and a tag can be moved; the digest of an image
#   and its ID are hashes of what is in it. With a list of them nothing runs that nobody
#   has looked at, whatever it is called. The digest is the one that a registry has, also
#   where it was found by a tag; an image that was built here has an ID alone.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Ask the security team to look at the image and to add its digest or ID to params of
#     images.content, as in images: ["sha256:…"]. A line of a container client must name
#     the digest itself, as in ghcr.io/acme/search@sha256:…: nobody resolves its tag.
#   owasp: [MCP04]
#   params:
#     type: object
#     additionalProperties: false
#     required: [images]
#     properties:
#       images:
#         description: >-
#           Digests or IDs of approved images, as docker buildx imagetools inspect and
#           docker image inspect print them. The digest of an image for many platforms
#           stands for all of them; each has an ID of its own.
#         type: array
#         items: {type: string, pattern: "^sha(256|512):[0-9a-f]+$"}
#         default: []
package mcp.policy.images.content

import data.mcp.lib

image := input.server.image

# What is known of the content.
found := {hash | some hash in [image.digest, image.id]; hash != ""}

approved if {
	some hash in found
	hash in data.mcp.settings.params["images.content"].images
}

deny contains {"msg": msg, "path": "/server/image/digest"} if {
	lib.image_runs(input.server)
	not approved
	msg := sprintf("the content of image %s is not approved: %s", [lib.image_label(image), content])
}

content := concat(", ", found) if count(found) > 0

content := "nothing says what it is" if count(found) == 0

# input: {"config": {"images": [{"tag": "1"}]}}
package mcp.policy.not_member_field

ours(image) if startswith(image.registry, "ghcr.io/")

deny contains msg if {
	some i, image in input.config.images
	not ours(image)
	msg := sprintf("image %d is from elsewhere", [i])
}

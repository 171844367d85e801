# input: {"config": {"images": [{"tag": "1"}]}}
# outcome: silent
package mcp.policy.not_member_field

deny contains msg if {
	some i, image in input.config.images
	not startswith(image.registry, "ghcr.io/") # want: not-undefined
	msg := sprintf("image %d is from elsewhere", [i])
}

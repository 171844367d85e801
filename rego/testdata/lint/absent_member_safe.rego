# input: {"config": {"images": [{"tag": "1"}]}}
package mcp.policy.absent_member

same(image) if image.registry == input.server.image.registry

deny contains "an image is from elsewhere" if {
	some image in input.config.images
	not same(image)
}

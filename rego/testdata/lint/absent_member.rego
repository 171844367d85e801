# input: {"config": {"images": [{"tag": "1"}]}}
# outcome: silent
package mcp.policy.absent_member

deny contains "an image is from elsewhere" if {
	some image in input.config.images
	image.registry != input.server.image.registry # want: absent-passes
}

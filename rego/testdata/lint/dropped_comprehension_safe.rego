# input: {"config": {"images": [{"registry": "ghcr.io"}, {"tag": "1"}]}}
package mcp.policy.dropped_comprehension

ours if {
	count(input.config.images) > 0
	every image in input.config.images {
		image.registry == "ghcr.io"
	}
}

deny contains "an image is from elsewhere" if not ours

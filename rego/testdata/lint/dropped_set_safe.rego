# input: {"config": {"images": [{"registry": "ghcr.io"}, {"tag": "1"}]}}
package mcp.policy.dropped_set

registries contains object.get(image, "registry", "") if some image in input.config.images

ours if {
	count(input.config.images) > 0
	every registry in registries {
		registry == "ghcr.io"
	}
}

deny contains "an image is from elsewhere" if not ours

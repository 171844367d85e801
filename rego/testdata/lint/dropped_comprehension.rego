# input: {"config": {"images": [{"registry": "ghcr.io"}, {"tag": "1"}]}}
# outcome: silent
package mcp.policy.dropped_comprehension

ours if {
	count(input.config.images) > 0
	every registry in [image.registry | some image in input.config.images] { # want: dropped-members
		registry == "ghcr.io"
	}
}

deny contains "an image is from elsewhere" if not ours

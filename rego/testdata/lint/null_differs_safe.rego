# input: {"server": {"image": {"digest": ""}}}
package mcp.policy.null_differs

pinned if input.server.image.digest != ""

deny contains "the image is not pinned" if not pinned

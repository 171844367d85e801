# input: {"server": {"image": {"digest": ""}}}
# outcome: silent
package mcp.policy.null_differs

pinned if input.server.image.digest != null # want: type-mismatch

deny contains "the image is not pinned" if not pinned

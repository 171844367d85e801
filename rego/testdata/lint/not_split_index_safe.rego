# input: {"server": {"image": {"reference": "ghcr.io"}}}
package mcp.policy.not_split_index

ours if split(input.server.image.reference, "/")[1] in {"acme", "corp"}

deny contains "the image is not of our organisation" if not ours

# input: {"server": {"image": {"reference": "ghcr.io"}}}
# outcome: silent
package mcp.policy.not_split_index

deny contains "the image is not of our organisation" if {
	not split(input.server.image.reference, "/")[1] in {"acme", "corp"} # want: not-undefined
}

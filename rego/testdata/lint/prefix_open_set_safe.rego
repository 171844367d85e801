# input: {"server": {"image": {"reference": "ghcr.io.evil.example/x"}}}
package mcp.policy.prefix_open_set

deny contains "not ours" if {
	not strings.any_prefix_match(input.server.image.reference, {"ghcr.io/", "docker.io/"})
}

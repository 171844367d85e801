# input: {"server": {"image": {"reference": "ghcr.io.evil.example/x"}}}
# outcome: silent
package mcp.policy.prefix_open_set

deny contains "not ours" if {
	not strings.any_prefix_match(input.server.image.reference, {"ghcr.io", "docker.io"}) # want: open-prefix
}

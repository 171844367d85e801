# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.not_object_lookup

trust := {"ghcr.io": "high", "docker.io": "low"}

deny contains "the registry is not trusted" if {
	not trust[input.server.image.registry] in {"high", "medium"} # want: not-undefined
}

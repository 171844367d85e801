# input: {"server": {"image": {"reference": "evil.example/ghcr.io/x"}}}
# outcome: silent
package mcp.policy.substring

ours if contains(input.server.image.reference, "ghcr.io/") # want: open-substring

deny contains "not ours" if not ours

# input: {"server": {"image": {"reference": "ghcr.io.evil.example/x"}}}
package mcp.policy.prefix_open

ours if startswith(input.server.image.reference, "ghcr.io/")

deny contains "not ours" if not ours

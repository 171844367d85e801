# input: {"server": {"image": {"reference": "evil.example/ghcr.io/x"}}}
package mcp.policy.substring

ours if input.server.image.registry == "ghcr.io"

deny contains "not ours" if not ours

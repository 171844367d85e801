# input: {"server": {"image": {"reference": "ghcr.io.evil.example/x"}}}
# outcome: silent
package mcp.policy.prefix_open

ours if startswith(input.server.image.reference, "ghcr.io") # want: open-prefix

deny contains "not ours" if not ours

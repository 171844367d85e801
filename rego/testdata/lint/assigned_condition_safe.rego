# input: {"server": {"image": {"reference": "evil.example/x"}}}
package mcp.policy.assigned_condition

ours if startswith(input.server.image.reference, "ghcr.io/")

deny contains "not ours" if not ours

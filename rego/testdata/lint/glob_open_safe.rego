# input: {"server": {"image": {"reference": "ghcr.io/acme-evil"}}}
package mcp.policy.glob_open

ours if glob.match("ghcr.io/acme/*", ["/"], input.server.image.reference)

deny contains "not ours" if not ours

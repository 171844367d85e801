# input: {"server": {"image": {"reference": "ghcr.io/acme-evil"}}}
# outcome: silent
package mcp.policy.glob_open

ours if glob.match("ghcr.io/acme*", ["/"], input.server.image.reference) # want: glob-open

deny contains "not ours" if not ours

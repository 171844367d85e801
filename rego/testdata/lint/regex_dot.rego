# input: {"server": {"image": {"registry": "ghcrxio"}}}
# outcome: silent
package mcp.policy.regex_dot

ours if regex.match(`^ghcr.io$`, input.server.image.registry) # want: regex-dot

deny contains "not ours" if not ours

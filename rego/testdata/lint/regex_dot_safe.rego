# input: {"server": {"image": {"registry": "ghcrxio"}}}
package mcp.policy.regex_dot

ours if regex.match(`^ghcr\.io$`, input.server.image.registry)

deny contains "not ours" if not ours

# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.regex_swapped

deny contains "evil" if regex.match(`^evil\..*$`, input.server.image.registry)

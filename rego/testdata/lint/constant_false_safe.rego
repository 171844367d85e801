# input: {"server": {"image": {"registry": "ghcr.io"}}}
package mcp.policy.constant_false

deny contains "the registry" if input.server.image.registry == "ghcr.io"

# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.any_inequality

harmless if not input.server.image.registry in {"evil.example", "bad.example"}

deny contains "a refused registry" if not harmless

# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.in_keys

refused := {"evil.example": true}

deny contains "a refused registry" if refused[input.server.image.registry]

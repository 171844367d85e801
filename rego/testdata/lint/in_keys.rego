# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.in_keys

refused := {"evil.example": true}

deny contains "a refused registry" if input.server.image.registry in refused # want: in-values

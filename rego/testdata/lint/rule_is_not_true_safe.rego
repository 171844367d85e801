# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.rule_is_not_true

approved(registry) if registry == "ghcr.io"

deny contains "not approved" if not approved(input.server.image.registry)

# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.rule_is_not_true

approved(registry) if registry == "ghcr.io"

deny contains "not approved" if approved(input.server.image.registry) != true # want: never-false

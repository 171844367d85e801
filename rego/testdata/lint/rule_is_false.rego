# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.rule_is_false

approved if input.server.image.registry == "ghcr.io"

deny contains "not approved" if approved == false # want: never-false

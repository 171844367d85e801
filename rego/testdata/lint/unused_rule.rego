# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.unused_rule

approved if input.server.image.registry == "ghcr.io" # want: unused-rule

deny contains "the image has no repository" if input.server.image.repository == "-"

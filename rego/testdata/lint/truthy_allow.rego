# input: {"server": {"image": {"digest": ""}}}
# outcome: silent
package mcp.policy.truthy_allow

pinned if input.server.image.digest # want: always-truthy

deny contains "not pinned" if not pinned

# input: {"server": {"image": {"digest": ""}}}
# outcome: silent
package mcp.policy.truthy_not_string

deny contains "the image has no digest" if not input.server.image.digest # want: always-truthy

# input: {"server": {"image": {"tag": ""}}}
# outcome: silent
package mcp.policy.null_compared

deny contains "no tag" if input.server.image.tag == null # want: type-mismatch

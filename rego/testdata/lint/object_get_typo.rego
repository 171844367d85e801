# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.object_get_typo

deny contains "latest" if object.get(input.server.image, "tagg", "") == "latest" # want: unknown-key

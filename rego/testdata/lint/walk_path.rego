# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.walk_path

deny contains "latest" if walk(input, [["server", "image", "tagg"], "latest"]) # want: unknown-key

# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.walk_path

deny contains "latest" if walk(input, [["server", "image", "tag"], "latest"])

# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.object_get_typo

deny contains "latest" if object.get(input.server.image, "tag", "") == "latest"

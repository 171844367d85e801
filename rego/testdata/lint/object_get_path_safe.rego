# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.object_get_path

deny contains "latest" if object.get(input, ["server", "image", "tag"], "") == "latest"

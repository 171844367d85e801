# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.field_typo

deny contains "latest" if input.server.image.tag == "latest"

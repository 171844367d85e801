# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.form_tag

deny contains "m" if input.server.image.tag == "latest"

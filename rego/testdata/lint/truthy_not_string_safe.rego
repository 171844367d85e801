# input: {"server": {"image": {"digest": ""}}}
package mcp.policy.truthy_not_string

deny contains "the image has no digest" if input.server.image.digest == ""

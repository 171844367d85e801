# input: {"server": {"image": {"tag": ""}}}
package mcp.policy.null_compared

deny contains "no tag" if input.server.image.tag == ""

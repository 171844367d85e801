# input: {"server": {"image": {"digest": ""}}}
package mcp.policy.truthy_allow

pinned if input.server.image.digest != ""

deny contains "not pinned" if not pinned

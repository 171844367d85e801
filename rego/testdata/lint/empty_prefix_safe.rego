# input: {"server": {"image": {"repository": "evil/x"}}}
package mcp.policy.empty_prefix

prefix := "acme/"

ours if startswith(input.server.image.repository, prefix)

deny contains "not ours" if not ours

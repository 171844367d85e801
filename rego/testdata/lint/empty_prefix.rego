# input: {"server": {"image": {"repository": "evil/x"}}}
# outcome: silent
package mcp.policy.empty_prefix

prefix := ""

ours if startswith(input.server.image.repository, prefix) # want: constant-condition

deny contains "not ours" if not ours

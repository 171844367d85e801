# input: {"server": {"labels": []}}
package mcp.policy.truthy_count

deny contains "no labels" if count(input.server.labels) == 0

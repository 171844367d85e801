# input: {"server": {"labels": []}}
# outcome: silent
package mcp.policy.truthy_count

deny contains "no labels" if not count(input.server.labels) # want: always-truthy

# input: {"server": {"labels": []}}
# outcome: silent
package mcp.policy.wildcard_differs

deny contains "no label names the team" if input.server.labels[_].name != "team" # want: any-differs

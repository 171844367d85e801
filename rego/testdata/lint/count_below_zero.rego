# input: {"server": {"labels": []}}
# outcome: silent
package mcp.policy.count_below_zero

labelled if count(input.server.labels) >= 0 # want: constant-condition

deny contains "no labels" if not labelled

# input: {"server": {"labels": []}}
package mcp.policy.count_below_zero

labelled if count(input.server.labels) > 0

deny contains "no labels" if not labelled

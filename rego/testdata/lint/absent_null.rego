# input: {"config": {}}
# outcome: silent
package mcp.policy.absent_null

deny contains "nobody owns it" if input.config.owner == null # want: absent-passes

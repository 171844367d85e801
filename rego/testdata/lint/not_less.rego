# input: {"config": {}}
# outcome: silent
package mcp.policy.not_less

deny contains "the limit is above 10" if not input.config.limit <= 10 # want: not-undefined

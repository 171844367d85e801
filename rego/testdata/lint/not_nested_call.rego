# input: {"config": {}}
# outcome: silent
package mcp.policy.not_nested_call

deny contains "the tier is not gold" if not lower(input.config.tier) == "gold" # want: not-undefined

# input: {"config": {}}
package mcp.policy.not_nested_call

gold if lower(input.config.tier) == "gold"

deny contains "the tier is not gold" if not gold

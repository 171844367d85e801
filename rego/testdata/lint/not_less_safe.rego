# input: {"config": {}}
package mcp.policy.not_less

small if input.config.limit <= 10

deny contains "the limit is above 10" if not small

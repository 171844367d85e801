# input: {"config": {}}
package mcp.policy.not_equality_assigned

strict if input.config.mode == "strict"

deny contains "the mode is not strict" if not strict

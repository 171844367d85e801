# input: {"config": {}}
# outcome: silent
package mcp.policy.not_in_optional

approved := {"prod", "staging"}

deny contains "the stage is not approved" if not input.config.stage in approved # want: not-undefined

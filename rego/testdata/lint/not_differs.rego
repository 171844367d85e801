# input: {"config": {}}
# outcome: silent
package mcp.policy.not_differs

deny contains "the mode is strict" if not input.config.mode != "strict" # want: not-undefined

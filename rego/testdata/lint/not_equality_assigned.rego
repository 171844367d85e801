# input: {"config": {}}
# outcome: silent
package mcp.policy.not_equality_assigned

deny contains "the mode is not strict" if {
	strict := input.config.mode == "strict"
	not strict # want: not-undefined
}

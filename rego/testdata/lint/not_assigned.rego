# input: {"config": {}}
# outcome: silent
package mcp.policy.not_assigned

deny contains "the owner is unknown" if {
	owner := input.config.owner
	not owner in {"alice", "bob"} # want: not-undefined
}

# input: {"config": {}}
package mcp.policy.not_assigned

deny contains "the owner is unknown" if {
	owner := object.get(input.config, "owner", "")
	not owner in {"alice", "bob"}
}

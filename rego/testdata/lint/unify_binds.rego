# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.unify_binds

approved if {
	registry = "ghcr.io" # want: unify-binds
}

deny contains "not approved" if not approved

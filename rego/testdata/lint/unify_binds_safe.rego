# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.unify_binds

approved if {
	input.server.image.registry == "ghcr.io"
}

deny contains "not approved" if not approved

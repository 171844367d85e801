# input: {"server": {"permissions": {"capabilities": ["sys_admin"]}}}
# outcome: silent
package mcp.policy.lower_set

deny contains "a capability" if {
	some capability in input.server.permissions.capabilities
	name := lower(capability)
	name in {"SYS_ADMIN", "all"} # want: case-mismatch
}

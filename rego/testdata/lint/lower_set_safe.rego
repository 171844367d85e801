# input: {"server": {"permissions": {"capabilities": ["sys_admin"]}}}
package mcp.policy.lower_set

deny contains "a capability" if {
	some capability in input.server.permissions.capabilities
	name := lower(capability)
	name in {"sys_admin", "all"}
}

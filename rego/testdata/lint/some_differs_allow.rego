# input: {"server": {"permissions": {"capabilities": ["SYS_ADMIN", "CHOWN"]}}}
# outcome: silent
package mcp.policy.some_differs_allow

harmless if {
	some capability in input.server.permissions.capabilities
	capability != "SYS_ADMIN" # want: any-differs
}

deny contains "SYS_ADMIN" if not harmless

# input: {"server": {"permissions": {"capabilities": ["SYS_ADMIN"]}}}
# outcome: silent
package mcp.policy.set_and_list

deny contains "SYS_ADMIN alone" if input.server.permissions.capabilities == {"SYS_ADMIN"} # want: type-mismatch

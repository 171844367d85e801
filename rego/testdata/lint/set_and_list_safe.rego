# input: {"server": {"permissions": {"capabilities": ["SYS_ADMIN"]}}}
package mcp.policy.set_and_list

deny contains "SYS_ADMIN alone" if {capability | some capability in input.server.permissions.capabilities} == {"SYS_ADMIN"}

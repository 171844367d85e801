# input: {"server": {"permissions": {"capabilities": ["SYS_ADMIN", "CHOWN"]}}}
package mcp.policy.some_differs_allow

harmless if not "SYS_ADMIN" in input.server.permissions.capabilities

deny contains "SYS_ADMIN" if not harmless

# input: {"server": {"name": "ADMIN"}}
package mcp.policy.lower_literal

deny contains "the name is reserved" if lower(input.server.name) == "admin"

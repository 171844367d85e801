# input: {"server": {"name": "ADMIN"}}
# outcome: silent
package mcp.policy.lower_literal

deny contains "the name is reserved" if lower(input.server.name) == "Admin" # want: case-mismatch

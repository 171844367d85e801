# input: {"server": {"name": "TEST-x"}}
# outcome: silent
package mcp.policy.lower_prefix

deny contains "a test server" if startswith(lower(input.server.name), "TEST-") # want: case-mismatch

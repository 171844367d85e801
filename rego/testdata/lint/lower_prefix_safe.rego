# input: {"server": {"name": "TEST-x"}}
package mcp.policy.lower_prefix

deny contains "a test server" if startswith(lower(input.server.name), "test-")

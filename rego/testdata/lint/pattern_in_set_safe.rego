# input: {"server": {"name": "test-1"}}
package mcp.policy.pattern_in_set

deny contains "a test" if regex.match("^(test-.*|dev)$", input.server.name)

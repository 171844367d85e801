# input: {"server": {"name": "test-a"}}
# outcome: silent
package mcp.policy.regex_invalid

deny contains "a test" if regex.match(`^(test|dev-.*$`, input.server.name) # want: regex-invalid

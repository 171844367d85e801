# input: {"server": {"name": "test-1"}}
# outcome: silent
package mcp.policy.pattern_in_set

deny contains "a test" if input.server.name in {"^test-", "dev"} # want: pattern-compared

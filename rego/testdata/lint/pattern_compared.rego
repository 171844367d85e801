# input: {"server": {"remote": {"host": "a.evil.example"}}}
# outcome: silent
package mcp.policy.pattern_compared

deny contains "evil" if input.server.remote.host == "*.evil.example" # want: pattern-compared

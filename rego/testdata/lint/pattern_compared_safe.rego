# input: {"server": {"remote": {"host": "a.evil.example"}}}
package mcp.policy.pattern_compared

deny contains "evil" if endswith(input.server.remote.host, ".evil.example")

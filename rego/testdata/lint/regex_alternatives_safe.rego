# input: {"server": {"remote": {"host": "a.example.com.evil.example"}}}
package mcp.policy.regex_alternatives

ours if regex.match(`^(a\.example\.com|b\.example\.com)$`, input.server.remote.host)

deny contains "not ours" if not ours

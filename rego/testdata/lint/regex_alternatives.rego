# input: {"server": {"remote": {"host": "a.example.com.evil.example"}}}
# outcome: silent
package mcp.policy.regex_alternatives

ours if regex.match(`^a\.example\.com|b\.example\.com$`, input.server.remote.host) # want: regex-unanchored

deny contains "not ours" if not ours

# input: {"server": {"remote": {"host": "a.evil.example"}}}
package mcp.policy.regex_escape

deny contains "evil" if regex.match(`^.*\.evil\.example$`, input.server.remote.host)

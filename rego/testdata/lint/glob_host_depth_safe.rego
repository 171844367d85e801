# input: {"server": {"remote": {"host": "a.b.evil.example"}}}
package mcp.policy.glob_host_depth

deny contains "evil" if glob.match("**.evil.example", ["."], input.server.remote.host)

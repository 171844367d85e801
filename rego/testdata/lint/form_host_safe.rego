# input: {"server": {"remote": {"host": "evil.example"}}}
package mcp.policy.form_host

deny contains "m" if input.server.remote.host in {"evil.example"}

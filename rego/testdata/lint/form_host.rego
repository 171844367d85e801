# input: {"server": {"remote": {"host": "evil.example"}}}
# outcome: silent
package mcp.policy.form_host

deny contains "m" if input.server.remote.host in {"Evil.Example"} # want: enum-value

# input: {"server": {"command": {"sha256": "ab12"}}}
# outcome: silent
package mcp.policy.form_sha256

deny contains "m" if input.server.command.sha256 == "sha256:ab12" # want: enum-value

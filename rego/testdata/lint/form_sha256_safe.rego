# input: {"server": {"command": {"sha256": "ab12"}}}
package mcp.policy.form_sha256

deny contains "m" if input.server.command.sha256 == "ab12"

# input: {"server": {"remote": {"url": ""}}}
package mcp.policy.is_null

deny contains "no address" if input.server.remote.url == ""

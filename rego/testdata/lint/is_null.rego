# input: {"server": {"remote": {"url": ""}}}
# outcome: silent
package mcp.policy.is_null

deny contains "no address" if type_name(input.server.remote.url) == "undefined" # want: enum-value

# input: {"server": {"transport": "streamable-http"}}
# outcome: silent
package mcp.policy.enum_equal

deny contains "over HTTP" if input.server.transport == "http" # want: enum-value

# input: {"server": {"transport": "streamable-http"}}
package mcp.policy.enum_equal

deny contains "over HTTP" if input.server.transport == "streamable-http"

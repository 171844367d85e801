# input: {"server": {"environment": [{"name": "DEBUG"}]}}
package mcp.policy.list_without_index

deny contains "debug" if input.server.environment[_].name == "DEBUG"

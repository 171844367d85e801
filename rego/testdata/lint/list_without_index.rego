# input: {"server": {"environment": [{"name": "DEBUG"}]}}
# outcome: silent
package mcp.policy.list_without_index

deny contains "debug" if input.server.environment.name == "DEBUG" # want: unknown-input-field

# input: {"config": {}}
package mcp.policy.not_differs

deny contains "the mode is strict" if object.get(input.config, "mode", "strict") == "strict"

# input: {"config": {}}
package mcp.policy.absent_differs

strict if input.config.encryption == "strict"

deny contains "encryption is not strict" if not strict

# input: {"config": {}}
package mcp.policy.not_function_argument

ours if startswith(input.config.project, "corp-")

deny contains "the project is not ours" if not ours

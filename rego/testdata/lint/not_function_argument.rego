# input: {"config": {}}
# outcome: silent
package mcp.policy.not_function_argument

ours(name) if startswith(name, "corp-")

deny contains "the project is not ours" if not ours(input.config.project) # want: not-undefined

# input: {"server": {"auth": {"tools": []}}}
package mcp.policy.truthy_not_list

deny contains "any tool" if count(input.server.auth.tools) == 0

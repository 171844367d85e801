# input: {"server": {"auth": {"tools": []}}}
package mcp.policy.some_not

deny contains "the tool search is not among the tools" if not "search" in input.server.auth.tools

# input: {"server": {"auth": {"tools": []}}}
# outcome: silent
package mcp.policy.truthy_not_list

deny contains "any tool" if not input.server.auth.tools # want: always-truthy

# input: {"server": {"auth": {"tools": []}}}
# outcome: silent
package mcp.policy.some_not

deny contains "the tool search is not among the tools" if {
	some tool in input.server.auth.tools
	not tool == "search" # want: any-differs
}

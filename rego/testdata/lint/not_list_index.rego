# input: {"server": {"command": {"args": []}}}
# outcome: silent
package mcp.policy.not_list_index

deny contains "the first argument is not a known package" if {
	not startswith(input.server.command.args[0], "@corp/") # want: not-undefined
}

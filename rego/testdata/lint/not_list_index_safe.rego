# input: {"server": {"command": {"args": []}}}
package mcp.policy.not_list_index

known if startswith(input.server.command.args[0], "@corp/")

deny contains "the first argument is not a known package" if not known

# METADATA
# title: Fails where a server is remote
package mcp.policy.failing

number := to_number(input.server.transport)

deny contains "a number" if {
	input.server.kind == "remote"
	number == 7
}

warn contains "it has arguments" if count(input.server.command.args) > 0

# input: {"server": {"auth": {"tools": []}}}
package mcp.policy.empty_every

limited if {
	count(input.server.auth.tools) > 0
	every tool in input.server.auth.tools {
		tool in {"search", "read"}
	}
}

deny contains "the server may offer any tool" if not limited

# input: {"server": {"auth": {"tools": []}}}
# outcome: silent
package mcp.policy.empty_every

limited if {
	every tool in input.server.auth.tools { # want: empty-every
		tool in {"search", "read"}
	}
}

deny contains "the server may offer any tool" if not limited

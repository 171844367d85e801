# input: {"server": {"remote": {"host": "evil.example"}}}
# outcome: error
package mcp.policy.error_cidr

deny contains "beyond the network" if not net.cidr_contains("10.0.0.0/8", input.server.remote.host) # want: builtin-error

# input: {"server": {"remote": {"host": "evil.example"}}}
package mcp.policy.error_cidr

near if {
	net.cidr_is_valid(sprintf("%s/32", [input.server.remote.host]))
	net.cidr_contains("10.0.0.0/8", input.server.remote.host)
}

deny contains "beyond the network" if not near

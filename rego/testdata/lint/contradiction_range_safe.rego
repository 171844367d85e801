# input: {"server": {"remote": {"port": 80}}}
package mcp.policy.contradiction_range

inside if {
	input.server.remote.port >= 443
	input.server.remote.port <= 8443
}

deny contains "a port out of range" if not inside

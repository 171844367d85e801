# input: {"server": {"remote": {"port": 80}}}
# outcome: silent
package mcp.policy.contradiction_range

deny contains "a port out of range" if {
	input.server.remote.port < 443
	input.server.remote.port > 8443 # want: contradiction
}

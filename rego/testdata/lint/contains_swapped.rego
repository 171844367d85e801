# input: {"server": {"mounts": [{"source": "/var/run/docker.sock"}]}}
# outcome: silent
package mcp.policy.contains_swapped

deny contains "the socket" if {
	some mount in input.server.mounts
	contains("docker.sock", mount.source) # want: argument-order
}

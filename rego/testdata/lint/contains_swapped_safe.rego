# input: {"server": {"mounts": [{"source": "/var/run/docker.sock"}]}}
package mcp.policy.contains_swapped

deny contains "the socket" if {
	some mount in input.server.mounts
	contains(mount.source, "docker.sock")
}

# input: {"server": {"mounts": [{"source": "/etc/ssl"}]}}
package mcp.policy.startswith_swapped

deny contains "below /etc" if {
	some mount in input.server.mounts
	startswith(mount.source, "/etc/")
}

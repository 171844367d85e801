# input: {"server": {"mounts": [{"source": "/etc/ssl"}]}}
# outcome: silent
package mcp.policy.startswith_swapped

deny contains "below /etc" if {
	some mount in input.server.mounts
	startswith("/etc/", mount.source) # want: argument-order
}

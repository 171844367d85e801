# input: {"server": {"mounts": [{"source": "/etc/ssl/key"}]}}
# outcome: silent
package mcp.policy.glob_depth

deny contains "below /etc" if {
	some mount in input.server.mounts
	glob.match("/etc/*", ["/"], mount.source) # want: glob-depth
}

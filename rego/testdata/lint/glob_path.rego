# input: {"server": {"mounts": [{"source": "/etc/passwd.bak"}]}}
# outcome: silent
package mcp.policy.glob_path

deny contains "a file of /etc" if {
	some mount in input.server.mounts
	glob.match("/etc/*", [], mount.source) # want: glob-delimiters
}

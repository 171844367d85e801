# input: {"server": {"mounts": [{"source": "/home/alice-evil"}]}}
# outcome: silent
package mcp.policy.prefix_open_function

allowed := {"/home/alice", "/srv/data"}

below(path) if {
	some directory in allowed
	startswith(path, directory) # want: open-prefix
}

deny contains mount.source if {
	some mount in input.server.mounts
	not below(mount.source)
}

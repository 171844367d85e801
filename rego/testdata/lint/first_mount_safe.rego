# input: {"server": {"mounts": [{"source": "/a"}, {"source": "/"}]}}
package mcp.policy.first_mount

deny contains "the root directory is mounted" if {
	some mount in input.server.mounts
	mount.source == "/"
}

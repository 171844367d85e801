# input: {"server": {"mounts": [{"source": "/"}]}}
package mcp.policy.in_objects

deny contains "the root directory is mounted" if {
	some mount in input.server.mounts
	mount.source == "/"
}

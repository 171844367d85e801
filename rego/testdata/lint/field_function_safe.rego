# input: {"server": {"mounts": [{"source": "/"}]}}
package mcp.policy.field_function

root(mount) if mount.source == "/"

deny contains "the root directory" if {
	some mount in input.server.mounts
	root(mount)
}

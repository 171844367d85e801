# input: {"server": {"mounts": [{"source": "/"}]}}
# outcome: silent
package mcp.policy.field_function

root(mount) if mount.src == "/" # want: unknown-input-field

deny contains "the root directory" if {
	some mount in input.server.mounts
	root(mount)
}

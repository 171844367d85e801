# input: {"server": {"mounts": [{"source": "/"}]}}
package mcp.policy.field_every

deny contains "only the root" if {
	input.server.mounts != []
	every mount in input.server.mounts {
		mount.source == "/"
	}
}

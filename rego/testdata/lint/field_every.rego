# input: {"server": {"mounts": [{"source": "/"}]}}
# outcome: silent
package mcp.policy.field_every

deny contains "only the root" if {
	input.server.mounts != []
	every mount in input.server.mounts {
		mount.sorce == "/" # want: unknown-input-field
	}
}

# input: {"server": {"permissions": {"network": {"mode": "host"}}}}
# outcome: silent
package mcp.policy.field_assigned

deny contains "the host's network" if {
	network := input.server.permissions.network
	some mode in [m | m := network.mod] # want: unknown-input-field
	mode == "host"
}

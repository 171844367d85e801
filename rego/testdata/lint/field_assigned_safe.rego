# input: {"server": {"permissions": {"network": {"mode": "host"}}}}
package mcp.policy.field_assigned

deny contains "the host's network" if {
	network := input.server.permissions.network
	some mode in [m | m := network.mode]
	mode == "host"
}

# input: {"server": {"published_ports": []}}
package mcp.policy.error_division

many if {
	low := [port | some port in input.server.published_ports; port.host_port < 1024]
	input.server.remote.port != 0
	count(low) / input.server.remote.port > 2
}

deny contains "hardly any port is low" if not many

# input: {"server": {"published_ports": []}}
# outcome: silent
package mcp.policy.error_division

deny contains "hardly any port is low" if {
	low := [port | some port in input.server.published_ports; port.host_port < 1024]
	not count(low) / input.server.remote.port > 2 # want: builtin-error
}

# input: {"server": {"published_ports": [{"host_port": 22}]}}
# outcome: silent
package mcp.policy.port_string_every

deny contains "ssh alone is published" if {
	count(input.server.published_ports) > 0
	every port in input.server.published_ports {
		port.host_port == "22" # want: type-mismatch
	}
}

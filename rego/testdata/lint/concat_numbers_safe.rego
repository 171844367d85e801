# input: {"server": {"published_ports": [{"host_port": 22}]}}
package mcp.policy.concat_numbers

deny contains msg if {
	some port in input.server.published_ports
	port.host_port < 1024
	msg := text([port.host_port])
}

text(ports) := concat(", ", [sprintf("%d", [port]) | some port in ports])

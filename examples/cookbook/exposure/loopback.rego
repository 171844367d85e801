# METADATA
# title: The endpoint is on this machine only
# description: >-
#   What listens beyond loopback can be used by everyone on the network.
# custom:
#   severity: high
#   remediation: >-
#     Leave --host out, or put the server behind the gateway.
#   owasp: [MCP07]
package mcp.policy.exposure.loopback

import data.mcp.lib

deny contains {"msg": msg, "path": "/server/endpoint/host"} if {
	input.server.endpoint.loopback == false
	input.server.endpoint.host != ""
	msg := sprintf("the endpoint listens on %s", [input.server.endpoint.host])
}

deny contains {"msg": msg, "path": sprintf("/server/published_ports/%d/host_ip", [i])} if {
	some i, port in input.server.published_ports
	not lib.loopback(port.host_ip)
	msg := sprintf("port %d of the container is published beyond this machine", [port.container_port])
}

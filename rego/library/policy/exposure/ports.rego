# METADATA
# title: Ports are published on this machine only, and above 1023
# description: >-
#   A port that a container publishes on every address is open to the whole
#   network, past the firewall that Docker's own rules go before, and past the
#   runner, which authenticates and records nothing there. A port below 1024 is
#   that of a service of the system, whose clients would talk to the server.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://docs.docker.com/engine/network/port-publishing/
# custom:
#   severity: high
#   remediation: >-
#     Publish on this machine, and above 1023: -p 127.0.0.1:8080:80 instead of
#     -p 80:80, or the same in publish of the run config. A server over stdio needs
#     no port at all. A port that others must reach goes into ports in params of
#     exposure.ports.
#   owasp: [MCP07, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [ports]
#     properties:
#       ports:
#         description: Ports of the host that may be published on every address, and those below 1024 that may be used.
#         type: array
#         items: {type: integer, minimum: 1, maximum: 65535}
#         default: []
package mcp.policy.exposure.ports

import data.mcp.lib

# 0 is any free port, which is never a low one.
low(port) if {
	port > 0
	port < 1024
}

local contains i if {
	some i, published in input.server.published_ports
	lib.loopback(published.host_ip)
}

listed contains i if {
	some i, published in input.server.published_ports
	published.host_port in data.mcp.settings.params["exposure.ports"].ports
}

all_published := {i | some i, _ in input.server.published_ports}

deny contains {"msg": msg, "path": path} if {
	some i, published in input.server.published_ports
	i in (all_published - (local | listed))
	msg := sprintf("port %d of the container is published on %q, beyond this machine", [published.container_port, published.host_ip])
	path := sprintf("/server/published_ports/%d/host_ip", [i])
}

deny contains {"msg": msg, "path": path} if {
	some i, published in input.server.published_ports
	low(published.host_port)
	i in (all_published - listed)
	msg := sprintf("port %d of the container is published on port %d, which belongs to a service of the system", [published.container_port, published.host_port])
	path := sprintf("/server/published_ports/%d/host_port", [i])
}

own_port_listed if input.server.endpoint.port in data.mcp.settings.params["exposure.ports"].ports

deny contains {"msg": msg, "path": "/server/endpoint/port"} if {
	low(input.server.endpoint.port)
	not own_port_listed
	msg := sprintf("the runner would listen on port %d, which belongs to a service of the system", [input.server.endpoint.port])
}

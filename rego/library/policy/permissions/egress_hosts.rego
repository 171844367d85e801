# METADATA
# title: Network access to approved hosts and ports only
# description: >-
#   The hosts to which a server connects are where the data goes that it sees. Each of
#   them was looked at by somebody, and is on a list; a wildcard, a port without a host
#   and a host without a port are more than anybody looked at.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Take hosts and ports that the server does not need out of the permission profile
#     (network.outbound.allow_host and allow_port), and name the others in full. Ask the
#     security team to add what is missing to params of permissions.egress_hosts, as in
#     hosts: [api.github.com], ports: [443].
#   owasp: [MCP10]
#   params:
#     type: object
#     additionalProperties: false
#     required: [hosts, ports]
#     properties:
#       hosts:
#         description: >-
#           Hosts that servers may connect to: names in full, or *.example.com for all
#           below example.com.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
#       ports:
#         description: Ports that servers may connect to.
#         type: array
#         items: {type: integer, minimum: 1, maximum: 65535}
#         default: [443]
package mcp.policy.permissions.egress_hosts

settings := data.mcp.settings.params["permissions.egress_hosts"]

network := input.server.permissions.network

connected if {
	input.server.kind == "container"
	not offline
}

offline if lower(network.mode) == "none"

offline if {
	input.server.permissions.profile == "none"
	network.isolated == true
	network.outbound == {"allow_all": false, "hosts": [], "ports": []}
}

deny contains {"msg": "the server may connect to any host, not to approved ones", "path": "/server/permissions/network/outbound/allow_all"} if {
	connected
	network.outbound.allow_all == true
}

deny contains {"msg": "the network of the server is not isolated, so that no list of hosts holds", "path": "/server/permissions/network/isolated"} if {
	connected
	network.outbound.allow_all == false
	network.isolated == false
}

deny contains {"msg": "no host is named that the server may connect to", "path": "/server/permissions/network/outbound/hosts"} if {
	connected
	network.outbound.allow_all == false
	count(network.outbound.hosts) == 0
}

deny contains {"msg": "no port is named that the server may connect to", "path": "/server/permissions/network/outbound/ports"} if {
	connected
	network.outbound.allow_all == false
	count(network.outbound.ports) == 0
}

# A name, or a wildcard that stands in front of one.
asked contains {"i": i, "host": host} if {
	connected
	some i, host in network.outbound.hosts
}

approved contains it if {
	some it in asked
	some host in settings.hosts
	it.host == lower(host)
}

approved contains it if {
	some it in asked
	regex.match(`^(\*\.)?([a-z0-9_-]+\.)+[a-z0-9-]+$`, it.host)
	some host in settings.hosts
	startswith(host, "*.")
	endswith(it.host, lower(trim_prefix(host, "*")))
}

listed if count(settings.hosts) > 0

hint := "is not approved" if listed

hint := "is not approved, as no host is: list those for servers in params, permissions.egress_hosts, hosts" if not listed

deny contains {"msg": msg, "path": path} if {
	some it in (asked - approved)
	path := sprintf("/server/permissions/network/outbound/hosts/%d", [it.i])
	msg := sprintf("host %q %s", [it.host, hint])
}

ports contains {"i": i, "port": port} if {
	connected
	some i, port in network.outbound.ports
}

approved_ports contains it if {
	some it in ports
	it.port in settings.ports
}

deny contains {"msg": msg, "path": path} if {
	some it in (ports - approved_ports)
	path := sprintf("/server/permissions/network/outbound/ports/%d", [it.i])
	msg := sprintf("port %d is not approved", [it.port])
}

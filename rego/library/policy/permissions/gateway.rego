# METADATA
# title: No access to the host through the gateway of its containers
# description: >-
#   Through host.docker.internal and the address of the bridge a container reaches the
#   services of the machine that it runs on: databases and debuggers that listen without
#   a password because nobody else could reach them, the API of the container runtime,
#   other MCP servers.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://docs.docker.com/engine/network/
# custom:
#   severity: high
#   remediation: >-
#     Take the host out of network.outbound.allow_host of the permission profile,
#     allow_docker_gateway out of the run config (leave --allow-docker-gateway away),
#     and --add-host NAME:host-gateway out of the command line. Put a service that the
#     server needs into a container beside it, on a network that only these two have.
#   owasp: [MCP02]
package mcp.policy.permissions.gateway

import data.mcp.lib

names := {
	"docker.for.mac.host.internal",
	"docker.for.mac.localhost",
	"docker.for.win.host.internal",
	"docker.for.win.localhost",
	"gateway.docker.internal",
	"host-gateway",
	"host.containers.internal",
	"host.docker.internal",
	"host.k3d.internal",
	"host.lima.internal",
	"host.minikube.internal",
	"host.orb.internal",
	"host.rancher-desktop.internal",
	"kubernetes.docker.internal",
	"vm.docker.internal",
}

# The bridges of Docker and Podman, and what their virtual machines call the host.
addresses := {
	"10.0.2.2/32",
	"10.88.0.1/32",
	"169.254.1.2/32",
	"172.17.0.1/32",
	"172.18.0.1/32",
	"192.168.5.2/32",
	"192.168.64.1/32",
	"192.168.65.0/24",
	"192.168.106.1/32",
	"192.168.127.254/32",
	"0.250.250.254/32",
}

exposing contains {"i": i, "host": host} if {
	some i, host in input.server.permissions.network.outbound.hosts
	lib.names_host(lib.outbound_host(host), names)
}

exposing contains {"i": i, "host": host} if {
	some i, host in input.server.permissions.network.outbound.hosts
	lib.in_ranges(lib.outbound_host(host), addresses)
}

deny contains {"msg": msg, "path": path} if {
	some it in exposing
	path := sprintf("/server/permissions/network/outbound/hosts/%d", [it.i])
	msg := sprintf("host %q is, or covers, the machine that the container runs on", [it.host])
}

# Nothing in input.server says it. Any value but false counts, so that another
# spelling of true does.
gateway := object.get(input.config, "allow_docker_gateway", false)

deny contains {"msg": "allow_docker_gateway lets the server reach the machine that it runs on", "path": "/config/allow_docker_gateway"} if {
	gateway != false
}

# An entry for the file of hosts on a container's command line.
deny contains {"msg": "--add-host with host-gateway lets the server reach the machine that it runs on", "path": "/server/command/args"} if {
	input.server.kind == "container"
	some arg in input.server.command.args
	regex.match(`(?i)[:=]host-gateway$`, arg)
}

# METADATA
# title: No network of the host
# description: >-
#   In the host's network a container reaches every service that listens on the
#   loopback address alone, can listen in the place of others, and no rule about its
#   connections applies. The network of another container or process is no better:
#   nobody has looked at what that one may do.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take the network mode host (container:NAME, ns:PATH) out of the permission
#     profile (--permission-profile) or --network host out of the command line, or
#     hostNetwork out of the pod template patch, and name the hosts and ports that the
#     server connects to, as in network.outbound.allow_host: [api.github.com].
#   owasp: [MCP02]
package mcp.policy.permissions.host_network

deny contains {"msg": "the server asks for the network of the host", "path": "/server/permissions/network/mode"} if {
	lower(input.server.permissions.network.mode) == "host"
}

deny contains {"msg": msg, "path": "/server/permissions/network/mode"} if {
	regex.match(`(?i)^(container|ns)(:|$)`, input.server.permissions.network.mode)
	msg := sprintf("the server asks for a network that is not its own: %s", [input.server.permissions.network.mode])
}

deny contains {"msg": "the server asks for the network of the host", "path": "/server/kubernetes/host_network"} if {
	input.server.kubernetes.host_network == true
}

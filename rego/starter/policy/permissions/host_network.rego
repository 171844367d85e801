# METADATA
# title: No network of the host
# description: >-
#   In the host's network a container reaches every service that listens on the
#   loopback address alone, and no rule about its connections applies.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take the network mode host out of the permission profile
#     (--permission-profile), or hostNetwork out of the pod template patch, and
#     name the hosts and ports that the server connects to.
#   owasp: [MCP02]
package mcp.policy.permissions.host_network

deny contains {"msg": "the server asks for the network of the host", "path": "/server/permissions/network/mode"} if {
	lower(input.server.permissions.network.mode) == "host"
}

deny contains {"msg": "the server asks for the network of the host", "path": "/server/kubernetes/host_network"} if {
	input.server.kubernetes.host_network == true
}

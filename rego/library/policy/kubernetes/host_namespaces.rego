# METADATA
# title: No namespaces of the node
# description: >-
#   In the node's network a pod reaches what listens there on the loopback address
#   alone, and no NetworkPolicy applies to it; in the node's process namespace it
#   sees every process with its environment and can signal it.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   severity: high
#   remediation: >-
#     Take hostNetwork and hostPID out of the pod template patch. A server that must
#     be reached from outside gets a Service.
#   owasp: [MCP02]
package mcp.policy.kubernetes.host_namespaces

deny contains {"msg": "the pod asks for the network of its node", "path": "/server/kubernetes/host_network"} if {
	input.server.kubernetes.host_network == true
}

deny contains {"msg": "the pod asks for the processes of its node", "path": "/server/kubernetes/host_pid"} if {
	input.server.kubernetes.host_pid == true
}

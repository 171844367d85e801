# METADATA
# title: No privileged containers in a pod
# description: >-
#   A privileged container, and a host process of Windows, has the node's devices
#   and no isolation worth the name: what runs in it can take over the node, and
#   with its credentials often the cluster.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   severity: critical
#   remediation: >-
#     Take privileged, or hostProcess of windowsOptions, out of each securityContext
#     of the pod template patch, and give the container the one capability or
#     volume that it needs.
#   owasp: [MCP02]
package mcp.policy.kubernetes.privileged

deny contains {"msg": "a container of the pod asks to run privileged", "path": "/server/kubernetes/privileged"} if {
	input.server.kubernetes.privileged == true
}

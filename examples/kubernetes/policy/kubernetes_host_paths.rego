# METADATA
# title: No volumes of the node
# description: A hostPath volume lets a server read the node's credentials and write what the node runs next.
# custom:
#   severity: high
#   remediation: Take the hostPath volume out of spec.podTemplateSpec. Use an emptyDir, a ConfigMap or a PersistentVolumeClaim.
#   owasp: [MCP02]
package mcp.policy.kubernetes.host_paths

deny contains {"msg": msg, "path": path} if {
	some i, host_path in input.server.kubernetes.host_paths
	msg := sprintf("the pod asks for %q of its node", [host_path])
	path := sprintf("/server/kubernetes/host_paths/%d", [i])
}

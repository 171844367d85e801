# METADATA
# title: No volumes of the node
# description: >-
#   A hostPath volume is a part of the node's own file system: with it a pod reads
#   the credentials of the kubelet and of its neighbours, writes what the node
#   runs next, and stays when it is deleted. A patch of the pod template must not
#   bring one that nobody chose.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - ref: https://kubernetes.io/docs/concepts/storage/volumes/
# custom:
#   severity: high
#   remediation: >-
#     Take the volume with hostPath out of the pod template patch, and use an
#     emptyDir, a ConfigMap or a PersistentVolumeClaim. A directory of the node
#     that servers may have goes into paths in params of kubernetes.host_paths.
#   owasp: [MCP02, MCP10]
#   params:
#     type: object
#     additionalProperties: false
#     required: [paths]
#     properties:
#       paths:
#         description: Directories of the node that servers may have, with all below.
#         type: array
#         items: {type: string, pattern: "^/"}
#         default: []
package mcp.policy.kubernetes.host_paths

asked := {path | some path in input.server.kubernetes.host_paths}

permitted contains path if {
	some path in asked
	path in data.mcp.settings.params["kubernetes.host_paths"].paths
}

permitted contains path if {
	some path in asked
	some directory in data.mcp.settings.params["kubernetes.host_paths"].paths
	startswith(path, sprintf("%s/", [trim_right(directory, "/")]))
}

# The paths are clean. One that is not leads elsewhere than it says.
climbing contains path if {
	some path in asked
	contains(path, "..")
}

deny contains {"msg": msg, "path": place} if {
	some i, path in input.server.kubernetes.host_paths
	path in (asked - (permitted - climbing))
	msg := sprintf("the pod asks for %q of its node", [path])
	place := sprintf("/server/kubernetes/host_paths/%d", [i])
}

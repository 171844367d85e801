# METADATA
# title: Write access only where it was granted
# description: >-
#   A server writes only below the directories that are meant for it.
# custom:
#   severity: medium
#   remediation: >-
#     Mount the directory read-only (:ro), or move it below one that may be written.
#   owasp: [MCP02]
#   params:
#     type: object
#     required: [prefixes]
#     additionalProperties: false
#     properties:
#       prefixes:
#         type: array
#         items: {type: string}
package mcp.policy.mounts.writable

below(path, prefix) if path == prefix

below(path, prefix) if startswith(path, sprintf("%s/", [prefix]))

granted(mount) if {
	some prefix in data.mcp.settings.params["mounts.writable"].prefixes
	below(mount.resolved, prefix)
}

deny contains {"msg": msg, "path": sprintf("/server/mounts/%d", [i])} if {
	some i, mount in input.server.mounts
	mount.read_only == false
	not granted(mount)
	msg := sprintf("mount %q can be written", [mount.source])
}

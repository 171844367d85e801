# METADATA
# title: No mount of sensitive paths
# description: >-
#   Directories with credentials and the system itself stay out of reach of a server.
# custom:
#   severity: critical
#   remediation: >-
#     Mount only the directory that the server works on.
#   owasp: [MCP02]
#   params:
#     type: object
#     required: [paths]
#     additionalProperties: false
#     properties:
#       paths:
#         type: array
#         items: {type: string}
package mcp.policy.mounts.sensitive

import data.mcp.lib

deny contains {"msg": msg, "path": sprintf("/server/mounts/%d", [i])} if {
	some i, mount in input.server.mounts
	some path in data.mcp.settings.params["mounts.sensitive"].paths
	lib.mounts_path(mount, path)
	msg := sprintf("mount %q exposes %s", [mount.source, path])
}

# METADATA
# title: Remote servers are on the list
# description: >-
#   A server that someone else runs sees what the model sends it. It is one of those with
#   a contract, over TLS.
# custom:
#   severity: high
#   remediation: >-
#     Ask the security team about this provider.
#   owasp: [MCP09]
#   params:
#     type: object
#     required: [hosts]
#     additionalProperties: false
#     properties:
#       hosts:
#         type: array
#         items: {type: string}
package mcp.policy.remote.hosts

on_list if input.server.remote.host in data.mcp.settings.params["remote.hosts"].hosts

deny contains {"msg": msg, "path": "/server/remote/host"} if {
	input.server.kind == "remote"
	not on_list
	msg := sprintf("host %q is not on the list of remote servers", [input.server.remote.host])
}

deny contains {"msg": "the connection is not over TLS", "path": "/server/remote/scheme"} if {
	input.server.kind == "remote"
	input.server.remote.scheme != "https"
}

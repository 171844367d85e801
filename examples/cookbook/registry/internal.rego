# METADATA
# title: Servers come from the company's MCP registry
# description: >-
#   In a host that has registries of servers, such as ToolHive, nobody puts another one in the
#   place of the company's, and nobody takes that away.
# custom:
#   severity: high
#   remediation: >-
#     Leave the registry as it is. A server that is missing in it can be proposed there.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     required: [hosts]
#     additionalProperties: false
#     properties:
#       hosts:
#         type: array
#         items: {type: string}
package mcp.policy.registry.internal

ours if {
	input.registry.scheme == "https"
	input.registry.host in data.mcp.settings.params["registry.internal"].hosts
}

# An update that names no registry goes back to the built-in one.
deny contains {"msg": "the MCP registry is not the company's", "path": "/registry"} if {
	input.operation == "update_registry"
	not ours
}

deny contains {"msg": "the company's MCP registry would be taken away", "path": "/operation"} if {
	input.operation == "delete_registry"
}

# METADATA
# title: Every server has an owner
# description: >-
#   A server that nobody owns is one that nobody updates. Its labels say whose it is.
# custom:
#   severity: low
#   remediation: >-
#     Add the label: -l NAME=VALUE.
#   owasp: [MCP09]
#   params:
#     type: object
#     required: [required]
#     additionalProperties: false
#     properties:
#       required:
#         type: array
#         items: {type: string}
package mcp.policy.governance.labels

present contains label.name if {
	some label in input.server.labels
	label.value != ""
}

deny contains {"msg": msg, "path": "/server/labels"} if {
	input.operation == "create_server"
	some name in data.mcp.settings.params["governance.labels"].required
	count({name} & present) == 0
	msg := sprintf("label %q is missing", [name])
}

# METADATA
# title: Servers carry the labels that were agreed on
# description: >-
#   A server that nobody owns is one that nobody updates, and that nobody can be
#   asked about on the day it matters. Labels say whose it is and how its data is
#   classified, so that an inventory, a cost report or an alert finds a person.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: low
#   remediation: >-
#     Add the label that is missing, or correct its value: --label owner=payments,
#     or container_labels in the run config. Which labels there must be is in
#     required in params of governance.labels.
#   owasp: [MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [required]
#     properties:
#       required:
#         description: The labels that each server must have.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [name, values]
#           properties:
#             name:
#               description: The name of the label, as it is written.
#               type: string
#               minLength: 1
#             values:
#               description: The values that it may have. None means any that is not empty.
#               type: array
#               items: {type: string, minLength: 1}
#         default:
#           - {name: owner, values: []}
package mcp.policy.governance.labels

labelled contains label.name if {
	some label in input.server.labels
	trim_space(label.value) != ""
}

demanded contains entry.name if some entry in data.mcp.settings.params["governance.labels"].required

deny contains {"msg": msg, "path": "/server/labels"} if {
	input.operation == "create_server"
	some name in (demanded - labelled)
	msg := sprintf("the server has no label %q, or an empty one", [name])
}

deny contains {"msg": msg, "path": path} if {
	some entry in data.mcp.settings.params["governance.labels"].required
	some i, label in input.server.labels
	label.name == entry.name
	count(entry.values) > 0
	count({label.value} - {value | some value in entry.values}) > 0
	msg := sprintf("label %q has a value that is none of %s", [label.name, concat(", ", entry.values)])
	path := sprintf("/server/labels/%d/value", [i])
}

listed if is_array(data.mcp.settings.params["governance.labels"].required)

deny contains {"msg": "required in params of governance.labels says which labels a server must have, and is not there", "path": "/server/labels"} if {
	input.operation == "create_server"
	not listed
}

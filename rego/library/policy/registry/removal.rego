# METADATA
# title: The MCP registry stays
# description: >-
#   Where the registry of a host was chosen, to take it away is to choose another one:
#   the public registry that is built in, with every server in it. An update that
#   names no registry does the same as a deletion.
# related_resources:
#   - ref: https://modelcontextprotocol.io/registry/about
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Keep the registry that is configured, or set another approved one in its place.
#     Who may go back to the built-in registry sets allowed to true in the params of
#     registry.removal.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [allowed]
#     properties:
#       allowed:
#         description: Whether a host may go back to the registry that is built into it.
#         type: boolean
#         default: false
package mcp.policy.registry.removal

permitted if data.mcp.settings.params["registry.removal"].allowed == true

removed["/operation"] := "deletes" if input.operation == "delete_registry"

removed["/registry"] := "names no registry, which deletes" if {
	input.operation == "update_registry"
	input.registry.url == ""
	input.registry.api_url == ""
	input.registry.local_path == ""
}

deny contains {"msg": msg, "path": path} if {
	some path, what in removed
	not permitted
	msg := sprintf("%s %s the MCP registry that is configured", [input.operation, what])
}

# METADATA
# title: Names of servers follow the pattern
# description: >-
#   A server's name stands in logs, in metrics and before each of its tools where
#   clients show them. Blanks, letters that look like others and prefixes of the
#   platform's own servers make one server read as another, to people and to models.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: low
#   remediation: >-
#     Choose another name: --name, or name in the run config, such as
#     search-payments. The pattern, and the prefixes that are reserved, are in
#     params of governance.naming.
#   owasp: [MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [pattern, reserved_prefixes]
#     properties:
#       pattern:
#         description: A regular expression (RE2) that matches the whole of each name.
#         type: string
#         minLength: 1
#         default: "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
#       reserved_prefixes:
#         description: What no name begins with. Case does not matter, and all signs between words are one.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [admin-, kube-, mcp-runner-, system-, toolhive-]
package mcp.policy.governance.naming

matching if regex.match(sprintf("^(?:%s)$", [data.mcp.settings.params["governance.naming"].pattern]), input.server.name)

# Mcp_Runner.x is mcp-runner-x to its readers.
plain := trim_prefix(regex.replace(lower(input.server.name), `[^a-z0-9]+`, "-"), "-")

reserved contains prefix if {
	some prefix in data.mcp.settings.params["governance.naming"].reserved_prefixes
	startswith(plain, regex.replace(lower(prefix), `[^a-z0-9]+`, "-"))
}

deny contains {"msg": msg, "path": "/server/name"} if {
	input.operation == "create_server"
	not matching
	msg := sprintf("the name %q does not follow the pattern", [input.server.name])
}

deny contains {"msg": msg, "path": "/server/name"} if {
	input.operation == "create_server"
	some prefix in reserved
	msg := sprintf("the name %q begins with %q, which is reserved", [input.server.name, prefix])
}

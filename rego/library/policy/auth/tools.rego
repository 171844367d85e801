# METADATA
# title: Only chosen tools are offered, where the environment demands it
# description: >-
#   A server may offer more tools with every version, and a model may call each one
#   that it sees. With a filter clients see the tools that somebody chose, and a
#   tool that comes later, or that a poisoned update brings, stays out of sight.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Run the server on a host that enforces tools_filter, such as ToolHive, and
#     name the tools that are needed: --tools search,read. An environment that may
#     go without, by the label in MCP_RUNNER_ENVIRONMENT, goes into exempt in
#     params of auth.tools.
#   owasp: [MCP02, MCP03]
#   params:
#     type: object
#     additionalProperties: false
#     required: [exempt]
#     properties:
#       exempt:
#         description: Labels of environments that may go without. One without a label may not.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [dev, development, local, test]
package mcp.policy.auth.tools

import data.mcp.lib

exempt if lib.exempt_environment(input.context.environment, data.mcp.settings.params["auth.tools"].exempt)

deny contains {"msg": msg, "path": "/server/auth/tools"} if {
	input.operation == "create_server"
	count(input.server.auth.tools) == 0
	not exempt
	msg := sprintf("clients would see every tool of the server, which environment %q does not permit", [input.context.environment])
}

# What is a tool's name to one host is a pattern to another.
deny contains {"msg": msg, "path": path} if {
	some i, tool in input.server.auth.tools
	regex.match(`^[^A-Za-z0-9]*$|[*?]`, tool)
	not exempt
	msg := sprintf("%q in the tool filter is not the name of a tool", [tool])
	path := sprintf("/server/auth/tools/%d", [i])
}

# METADATA
# title: Tool calls are recorded, where the environment demands it
# description: >-
#   Without a record of calls nobody can say afterwards which tool was called by
#   whom and with which arguments: a server that leaks data, or an agent that was
#   talked into something, leaves no trace in the place where it happened.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#token-passthrough
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Run the server on a host that enforces audit_config, such as ToolHive, and
#     configure it there. An environment that may go without, by the label in
#     MCP_RUNNER_ENVIRONMENT, goes into exempt in params of auth.audit.
#   owasp: [MCP08]
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
package mcp.policy.auth.audit

import data.mcp.lib

exempt if lib.exempt_environment(input.context.environment, data.mcp.settings.params["auth.audit"].exempt)

deny contains {"msg": msg, "path": "/server/auth/audit"} if {
	input.operation == "create_server"
	input.server.auth.audit == false
	not exempt
	msg := sprintf("calls of the server would not be recorded, which environment %q demands", [input.context.environment])
}

# METADATA
# title: Endpoints check what callers may do, where the environment demands it
# description: >-
#   Without authorization whoever gets to the endpoint may call every tool, with
#   the rights that the server has. A prompt that somebody slipped into a document
#   then deletes what its reader only wanted to read. Rules on who may call which
#   tool keep each caller to what they need.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Run the server on a host that enforces authz_config, such as ToolHive, and
#     configure it there, or serve it over stdio (--stdio), where only the client
#     that starts it can talk to it. An environment that may go without, by the
#     label in MCP_RUNNER_ENVIRONMENT, goes into exempt in params of auth.authz.
#   owasp: [MCP02, MCP07]
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
package mcp.policy.auth.authz

import data.mcp.lib

exempt if lib.exempt_environment(input.context.environment, data.mcp.settings.params["auth.authz"].exempt)

deny contains {"msg": msg, "path": "/server/auth/authz"} if {
	input.server.auth.authz == false
	lib.listens(input.server.endpoint)
	not exempt
	msg := sprintf("the runner would listen without authorization, which environment %q demands", [input.context.environment])
}

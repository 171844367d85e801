# METADATA
# title: Endpoints ask who calls, where the environment demands it
# description: >-
#   An endpoint that does not ask for a token serves every program on the machine,
#   every web page that finds a way past the browser, and wherever it listens on
#   the network everyone there. With OIDC the runner checks tokens that were made
#   for it, and the log says who called.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#token-passthrough
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Run the server on a host that enforces oidc_config, such as ToolHive, and
#     configure it there, or serve it over stdio (--stdio), where only the client
#     that starts it can talk to it. An environment that may go without, by the
#     label in MCP_RUNNER_ENVIRONMENT, goes into exempt in params of auth.oidc.
#   owasp: [MCP07]
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
package mcp.policy.auth.oidc

import data.mcp.lib

exempt if lib.exempt_environment(input.context.environment, data.mcp.settings.params["auth.oidc"].exempt)

deny contains {"msg": msg, "path": "/server/auth/oidc"} if {
	input.server.auth.oidc == false
	lib.listens(input.server.endpoint)
	not exempt
	msg := sprintf("the runner would listen without OIDC, which environment %q demands", [input.context.environment])
}

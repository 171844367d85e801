# METADATA
# title: No server for the network without authorization
# description: >-
#   Authentication says who calls, and not what they may do. Without authorization
#   everyone who can log in may call every tool, those that write and delete among
#   them, with the rights that the server has, which are rarely those of the caller.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#confused-deputy-problem
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Listen on this machine alone: leave --host out, or set it to 127.0.0.1. For
#     others on the network, run the server on a host that enforces authz_config,
#     such as ToolHive, and say there who may call which tool.
#   owasp: [MCP02, MCP07]
package mcp.policy.exposure.authorization

import data.mcp.lib

authorized if input.server.auth.authz == true

deny contains {"msg": msg, "path": "/server/auth/authz"} if {
	input.server.endpoint.loopback == false
	lib.listens(input.server.endpoint)
	not authorized
	msg := sprintf("the runner would listen on %q, beyond this machine, without authorization", [input.server.endpoint.host])
}

# METADATA
# title: No server for the network without authentication
# description: >-
#   Where the runner listens on more than the loopback address, everyone who
#   reaches the machine can call the server's tools with the rights of the person
#   who started it, unless the runner asks who they are.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Listen on this machine alone: leave --host out, or set it to 127.0.0.1. For
#     others on the network, put a reverse proxy that authenticates them in front,
#     or run the server on a host that enforces oidc_config or authz_config.
#   owasp: [MCP07]
package mcp.policy.exposure.unauthenticated

import data.mcp.lib

protected if input.server.auth.oidc == true

protected if input.server.auth.authz == true

deny contains {"msg": msg, "path": "/server/endpoint/host"} if {
	input.server.endpoint.loopback == false
	lib.listens(input.server.endpoint)
	not protected
	msg := sprintf("the runner would listen on %q, beyond this machine, without authentication", [input.server.endpoint.host])
}

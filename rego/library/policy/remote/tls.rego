# METADATA
# title: Remote servers over TLS
# description: >-
#   Without TLS, everyone on the way reads what is sent to a remote server, tokens
#   among it, and can answer in its place. A server on this machine is exempt.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Use the https:// URL of the server. If it has none, ask whoever runs it for
#     one, or put it behind a proxy that speaks TLS.
#   owasp: [MCP01, MCP07]
package mcp.policy.remote.tls

import data.mcp.lib

protected if input.server.remote.scheme == "https"

protected if lib.loopback(input.server.remote.host)

deny contains {"msg": msg, "path": "/server/remote/url"} if {
	lib.is_remote(input.server)
	not protected
	msg := sprintf("remote server %q is not reached over TLS", [input.server.remote.url])
}

# METADATA
# title: Remote servers are called with authentication
# description: >-
#   A server that anybody may call cannot tell its callers apart, keeps their data in
#   one place, and answers whoever finds it. Without credentials in the run config
#   nothing of what it does can be laid to the person who asked.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Give the credentials by reference: --header-secret Authorization=NAME takes the
#     header from MCP_RUNNER_SECRET_NAME; or configure remote_auth_config. For a server
#     that is public on purpose, add its host to anonymous in the params of remote.auth.
#   owasp: [MCP07]
#   params:
#     type: object
#     additionalProperties: false
#     required: [anonymous]
#     properties:
#       anonymous:
#         description: >-
#           Hosts that may be called without credentials: a host, an IP address, or
#           *.example.com for every name below example.com.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [127.0.0.1, "::1", localhost]
package mcp.policy.remote.auth

import data.mcp.lib

protected if input.server.remote.authenticated == true

protected if lib.host_matches(input.server.remote.host, data.mcp.settings.params["remote.auth"].anonymous)

deny contains {"msg": msg, "path": "/server/remote/authenticated"} if {
	lib.is_remote(input.server)
	not protected
	msg := sprintf("remote server %q is called without authentication", [input.server.remote.url])
}

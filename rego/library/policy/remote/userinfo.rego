# METADATA
# title: No userinfo in the URL of a remote server
# description: >-
#   What stands before the @ of a URL is a name and a password, in clear, in every
#   list of processes and every log that has the URL. It also hides where the URL
#   leads: https://mcp.acme.example@evil.example/ is a server of evil.example.
# related_resources:
#   - ref: https://www.rfc-editor.org/rfc/rfc3986
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#token-passthrough
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take what stands before the @ out of the URL, replace the password, since it was
#     in clear, and send the new one with --header-secret Authorization=NAME.
#   owasp: [MCP01]
package mcp.policy.remote.userinfo

deny contains {"msg": msg, "path": "/server/remote/userinfo"} if {
	input.server.remote.userinfo == true
	msg := sprintf("the URL of remote server %q was given with a name or a password before an @", [input.server.remote.url])
}

# METADATA
# title: In production, access is controlled and audited
# description: >-
#   Where the operator says that this is production, the endpoint has authorization, an
#   audit log and a list of tools.
# custom:
#   severity: high
#   remediation: >-
#     Configure authorization and audit, and name the tools with a tool filter.
#   owasp: [MCP07]
package mcp.policy.auth.production

production if input.context.environment == "prod"

deny contains {"msg": "no authorization is configured", "path": "/server/auth/authz"} if {
	production
	input.server.auth.authz == false
}

deny contains {"msg": "no audit log is configured", "path": "/server/auth/audit"} if {
	production
	input.server.auth.audit == false
}

deny contains {"msg": "all tools of the server are open", "path": "/server/auth/tools"} if {
	production
	count(input.server.auth.tools) == 0
}

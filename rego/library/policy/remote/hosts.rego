# METADATA
# title: Remote servers are on approved hosts
# description: >-
#   A remote server sees what the model sends it, answers with text that the model
#   obeys, and gets the credentials that its run config holds. Whoever runs it is
#   chosen, like any other provider; a URL on a web page is no reason to trust it.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Use a server of an approved provider, or ask for this one to be reviewed. To
#     approve a host, add it to hosts in the params of remote.hosts, for example
#     mcp.acme.example, or *.acme.example for every name below it.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [hosts]
#     properties:
#       hosts:
#         description: >-
#           Hosts on which remote servers may be: a host, an IP address, or *.example.com for
#           every name below example.com.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - 127.0.0.1
#           - "::1"
#           - localhost
#           - api.githubcopilot.com
#           - learn.microsoft.com
#           - mcp.asana.com
#           - mcp.atlassian.com
#           - mcp.figma.com
#           - mcp.linear.app
#           - mcp.notion.com
#           - mcp.sentry.dev
#           - mcp.stripe.com
package mcp.policy.remote.hosts

import data.mcp.lib

approved if lib.host_matches(input.server.remote.host, data.mcp.settings.params["remote.hosts"].hosts)

deny contains {"msg": msg, "path": "/server/remote/host"} if {
	lib.is_remote(input.server)
	not approved
	msg := sprintf("remote host %q is not approved", [input.server.remote.host])
}

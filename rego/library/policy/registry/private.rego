# METADATA
# title: No MCP registry at private addresses
# description: >-
#   With allow_private_ip the host asks whatever address the name of the registry, or
#   a redirect of it, leads to: services of the own network, and of this machine. In
#   ToolHive it permits http:// too. A registry that is meant to be there is named.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Leave --allow-private-ip out. If the registry is one of your own network, add its
#     host to hosts in the params of registry.private.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [hosts]
#     properties:
#       hosts:
#         description: >-
#           Hosts of registries that may be at a private address: a host, an IP address, or
#           *.example.com for every name below example.com.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [127.0.0.1, "::1", localhost]
package mcp.policy.registry.private

import data.mcp.lib

meant if lib.host_matches(input.registry.host, data.mcp.settings.params["registry.private"].hosts)

# For a file it says nothing.
given contains input.registry.url if input.registry.url != ""

given contains input.registry.api_url if input.registry.api_url != ""

deny contains {"msg": msg, "path": "/registry/allow_private_ip"} if {
	input.registry.allow_private_ip == true
	some url in given
	not meant
	msg := sprintf("MCP registry %q may be at a private address", [url])
}

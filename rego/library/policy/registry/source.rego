# METADATA
# title: MCP registries are on approved hosts
# description: >-
#   A registry says for each server which image, package or URL is behind its name.
#   Whoever changes the registry of a host changes what people get who start a server
#   by its name, so registries are chosen. A local file can be written by whatever
#   runs under the same account, servers among it.
# related_resources:
#   - ref: https://modelcontextprotocol.io/registry/about
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Use an approved registry, or ask for this one to be reviewed. To approve a host,
#     add it to hosts in the params of registry.source, for example
#     registry.acme.example, or *.acme.example for every name below it.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [hosts, local_files]
#     properties:
#       hosts:
#         description: >-
#           Hosts on which a registry may be: a host, an IP address, or *.example.com for
#           every name below example.com.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [registry.modelcontextprotocol.io]
#       local_files:
#         description: Whether a registry may be a file on this machine.
#         type: boolean
#         default: false
package mcp.policy.registry.source

import data.mcp.lib

approved if lib.host_matches(input.registry.host, data.mcp.settings.params["registry.source"].hosts)

given["/registry/url"] := input.registry.url if input.registry.url != ""

given["/registry/api_url"] := input.registry.api_url if input.registry.api_url != ""

deny contains {"msg": msg, "path": path} if {
	some path, url in given
	not approved
	msg := sprintf("MCP registry %q is not on an approved host", [url])
}

files_may_be if data.mcp.settings.params["registry.source"].local_files == true

deny contains {"msg": msg, "path": "/registry/local_path"} if {
	input.registry.local_path != ""
	not files_may_be
	msg := sprintf("the MCP registry would be the local file %q", [input.registry.local_path])
}

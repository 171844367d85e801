# METADATA
# title: Servers come from an approved MCP registry
# description: >-
#   A registry of MCP servers names for each server its publisher, its package and
#   its image. A server that comes from none, or from one that nobody chose, is
#   whatever a web page said to paste. The run config says from where it comes; only
#   a host that checks it can say that this is true, which is what verified asks for.
# related_resources:
#   - ref: https://modelcontextprotocol.io/registry/about
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Start the server by its name in an approved registry, so that the run config has
#     registry_server_name and registry_url or registry_api_url. To approve a registry,
#     add its URL to registries in the params of provenance.registry.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [registries, verified]
#     properties:
#       registries:
#         description: >-
#           URLs of approved registries, as registry_url or registry_api_url has them:
#           scheme and host in lower case, no port that the scheme implies. A slash at the
#           end says nothing.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [https://registry.modelcontextprotocol.io]
#       verified:
#         description: Whether the host must have checked that the server comes from there.
#         type: boolean
#         default: false
package mcp.policy.provenance.registry

given["/server/provenance/registry_url"] := input.server.provenance.registry_url if input.server.provenance.registry_url != ""

given["/server/provenance/registry_api_url"] := input.server.provenance.registry_api_url if {
	input.server.provenance.registry_api_url != ""
}

approved contains path if {
	some path, url in given
	some registry in data.mcp.settings.params["provenance.registry"].registries
	trim_suffix(registry, "/") == trim_suffix(url, "/")
}

trusted if input.server.provenance.verified == true

# Only where the settings say so does the word of the run config do.
trusted if data.mcp.settings.params["provenance.registry"].verified == false

deny contains {"msg": "the server comes from no MCP registry", "path": "/server/provenance/registry_server_name"} if {
	input.operation == "create_server"
	count(given) == 0
}

deny contains {"msg": "the server has no name in its MCP registry", "path": "/server/provenance/registry_server_name"} if {
	count(given) > 0
	input.server.provenance.registry_server_name == ""
}

deny contains {"msg": msg, "path": path} if {
	some path, url in given
	not path in approved
	msg := sprintf("the MCP registry %q is not approved", [url])
}

deny contains {"msg": msg, "path": "/server/provenance/verified"} if {
	count(given) > 0
	not trusted
	msg := sprintf("nobody has checked that the server is %q of its MCP registry", [input.server.provenance.registry_server_name])
}

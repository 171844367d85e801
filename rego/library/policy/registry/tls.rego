# METADATA
# title: MCP registries over TLS
# description: >-
#   A registry says which image, package or URL is behind the name of a server.
#   Without TLS, everyone on the way can say another one. A registry on this machine
#   is exempt.
# related_resources:
#   - ref: https://modelcontextprotocol.io/registry/about
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Use the https:// URL of the registry. If it has none, ask whoever runs it for
#     one, or put it behind a proxy that speaks TLS.
#   owasp: [MCP04, MCP07]
package mcp.policy.registry.tls

import data.mcp.lib

protected if input.registry.scheme == "https"

protected if lib.loopback(input.registry.host)

given["/registry/url"] := input.registry.url if input.registry.url != ""

given["/registry/api_url"] := input.registry.api_url if input.registry.api_url != ""

deny contains {"msg": msg, "path": path} if {
	some path, url in given
	not protected
	msg := sprintf("MCP registry %q is not reached over TLS", [url])
}

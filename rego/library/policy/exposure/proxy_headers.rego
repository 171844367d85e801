# METADATA
# title: Headers of proxies are believed only behind a proxy
# description: >-
#   X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto say who calls and
#   under which name, and everyone can send them. A runner that believes them and
#   that others than its reverse proxy can reach takes an attacker's word for the
#   caller's address and for its own URL, which ends up in logs and redirects.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://cwe.mitre.org/data/definitions/348.html
# custom:
#   severity: medium
#   remediation: >-
#     Leave trust_proxy_headers (--trust-proxy-headers) out. Behind a reverse proxy
#     on the same machine, listen on 127.0.0.1. Where the network lets nobody but
#     the proxy through, write the address that the runner listens on into hosts
#     in params of exposure.proxy_headers.
#   owasp: [MCP07, MCP08]
#   params:
#     type: object
#     additionalProperties: false
#     required: [hosts]
#     properties:
#       hosts:
#         description: Addresses on which only a reverse proxy can reach the runner.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [127.0.0.1, "::1", localhost]
package mcp.policy.exposure.proxy_headers

behind_a_proxy if input.server.endpoint.host in data.mcp.settings.params["exposure.proxy_headers"].hosts

deny contains {"msg": msg, "path": "/server/endpoint/trust_proxy_headers"} if {
	input.server.endpoint.trust_proxy_headers == true
	not behind_a_proxy
	msg := sprintf("the runner would believe the X-Forwarded headers of everyone who reaches %q", [input.server.endpoint.host])
}

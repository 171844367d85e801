# METADATA
# title: Browsers reach a server only from named origins
# description: >-
#   A web page can send requests to every address that the browser reaches, this
#   machine's own among them, and with a name that it points elsewhere (DNS
#   rebinding) it reads the answers. The Origin header tells a page from a
#   client, but only where the server compares it with whole origins: * and null
#   let every page in, and hosts differ in what an empty list means.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-66414
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-66416
# custom:
#   severity: high
#   remediation: >-
#     Name each origin whole: --allowed-origins https://app.example.com, or
#     allowed_origins in the run config, without *. Where no web page uses the
#     server, listen on this machine alone: leave --host out.
#   owasp: [MCP07]
package mcp.policy.exposure.origins

import data.mcp.lib

# scheme://host[:port], as browsers send it.
origin := `^[a-z][a-z0-9+.-]*://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?$`

deny contains {"msg": msg, "path": "/server/endpoint/allowed_origins"} if {
	input.server.endpoint.loopback == false
	lib.listens(input.server.endpoint)
	count(input.server.endpoint.allowed_origins) == 0
	msg := sprintf("the runner would listen on %q, beyond this machine, and no allowed origin is named", [input.server.endpoint.host])
}

whole contains allowed if {
	some allowed in input.server.endpoint.allowed_origins
	regex.match(origin, allowed)
}

given := {allowed | some allowed in input.server.endpoint.allowed_origins}

deny contains {"msg": msg, "path": path} if {
	some i, allowed in input.server.endpoint.allowed_origins
	allowed in (given - whole)
	msg := sprintf("allowed origin %q is not one whole origin, scheme://host[:port]", [allowed])
	path := sprintf("/server/endpoint/allowed_origins/%d", [i])
}

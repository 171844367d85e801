# METADATA
# title: No proxy but those on the list
# description: >-
#   A proxy reads and changes what a server sends without TLS, learns with whom it
#   talks, and with a certificate to match reads the rest, tokens among it. One
#   line in the env of a client configuration sends all of a server's traffic
#   through a machine that nobody approved.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take the variable out: the -e flag, or the entry of env, that names it. A
#     proxy of your own goes into params of environment.proxies, as it is written:
#     proxies: ["http://proxy.corp.example:3128"]. Where it comes from the machine
#     (-e HTTPS_PROXY), name the variable in from_host there.
#   owasp: [MCP01, MCP10]
#   params:
#     type: object
#     additionalProperties: false
#     required: [from_host, proxies]
#     properties:
#       from_host:
#         description: Names of variables that may be copied from the environment of the runner, such as HTTPS_PROXY.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
#       proxies:
#         description: URLs of proxies that may be set. Case and a slash at the end do not matter.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.environment.proxies

import data.mcp.lib

# Whatever stands before: YARN_HTTPS_PROXY, GLOBAL_AGENT_HTTP_PROXY.
suffixes := {
	"ALL_PROXY",
	"FTP_PROXY",
	"GRPC_PROXY",
	"HTTPS_PROXY",
	"HTTP_PROXY",
	"SOCKS_PROXY",
	"WSS_PROXY",
	"WS_PROXY",
}

names := {"NPM_CONFIG_PROXY", "PIP_PROXY", "PNPM_CONFIG_PROXY", "YARN_PROXY"}

keys := lib.variable_keys(input.server.environment)

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in names
}

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	strings.any_suffix_match(key, suffixes)
}

permitted contains f if {
	some f in found
	lib.value_known(f.variable)
	url(f.variable.value) in {url(proxy) | some proxy in data.mcp.settings.params["environment.proxies"].proxies}
}

permitted contains f if {
	some f in found
	f.variable.source == "host"
	f.variable.name in data.mcp.settings.params["environment.proxies"].from_host
}

# No proxy at all.
permitted contains f if {
	some f in found
	f.variable.value == ""
	lib.value_known(f.variable)
}

url(text) := lower(trim_right(text, "/"))

deny contains {"msg": msg, "path": path} if {
	some f in (found - permitted)
	msg := sprintf("environment variable %s sends the server's traffic through a proxy that is not on the list", [f.variable.name])
	path := sprintf("/server/environment/%d", [f.at])
}

# METADATA
# title: TLS stays on, with the usual authorities
# description: >-
#   NODE_TLS_REJECT_UNAUTHORIZED=0, GIT_SSL_NO_VERIFY, PYTHONHTTPSVERIFY=0 and
#   their like make a program talk to whoever answers, and an authority of
#   somebody's choice (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, REQUESTS_CA_BUNDLE)
#   makes it believe whoever has that authority's key. Either way what is on the
#   way reads tokens and answers in the place of the service.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://nodejs.org/api/cli.html
# custom:
#   severity: high
#   remediation: >-
#     Take the variable out: the -e flag, or the entry of env, that names it. A
#     certificate of your own is best added to the machine's. Where that cannot
#     be, write the file of the authorities, as the variable names it, into
#     authorities in params of environment.tls; where it comes from the machine
#     (-e NODE_EXTRA_CA_CERTS), name the variable in from_host there.
#   owasp: [MCP01, MCP07]
#   params:
#     type: object
#     additionalProperties: false
#     required: [authorities, from_host]
#     properties:
#       authorities:
#         description: Files and directories of authorities that a variable may name.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem
#           - /etc/pki/tls/certs/ca-bundle.crt
#           - /etc/ssl/ca-bundle.pem
#           - /etc/ssl/cert.pem
#           - /etc/ssl/certs
#           - /etc/ssl/certs/ca-certificates.crt
#       from_host:
#         description: Names of variables that may be copied from the environment of the runner, such as NODE_EXTRA_CA_CERTS.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.environment.tls

import data.mcp.lib

# These name authorities. An empty value turns checks off in some programs.
authorities := {
	"AWS_CA_BUNDLE",
	"BUNDLE_SSL_CA_CERT",
	"CARGO_HTTP_CAINFO",
	"CURL_CA_BUNDLE",
	"DENO_CERT",
	"GIT_SSL_CAINFO",
	"GIT_SSL_CAPATH",
	"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
	"HTTPLIB2_CA_CERTS",
	"NIX_SSL_CERT_FILE",
	"NODE_EXTRA_CA_CERTS",
	"NPM_CONFIG_CA",
	"NPM_CONFIG_CAFILE",
	"PIP_CERT",
	"REQUESTS_CA_BUNDLE",
	"SSL_CERT_DIR",
	"SSL_CERT_FILE",
	"YARN_HTTPS_CA_FILE_PATH",
}

# These turn checks on or off. Whatever stands before: JIRA_SSL_VERIFY.
switches := {
	"IGNORE_SSL",
	"IGNORE_SSL_ERRORS",
	"INSECURE_SKIP_VERIFY",
	"INSECURE_TLS",
	"PYTHONHTTPSVERIFY",
	"SSL_INSECURE",
	"SSL_VERIFICATION",
	"SSL_VERIFY",
	"STRICT_SSL",
	"TLS_INSECURE",
	"TLS_REJECT_UNAUTHORIZED",
	"TLS_SKIP_VERIFY",
	"TLS_VERIFICATION",
	"TLS_VERIFY",
	"VERIFY_SSL",
	"VERIFY_TLS",
}

on := {"1", "on", "true", "yes"}

# With one of these words in its name a switch turns checks off.
inversions := {"BYPASS", "DISABLE", "IGNORE", "INSECURE", "NO", "SKIP"}

off := {"", "0", "false", "no", "off"}

# Off whatever the value is, and a file with the keys of all connections.
never := {"GIT_SSL_NO_VERIFY", "SSLKEYLOGFILE"}

whole_names := authorities | never

keys := lib.variable_keys(input.server.environment)

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in whole_names
}

found contains f if some f in switching

switching contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	strings.any_suffix_match(key, switches)
}

inverted contains f if {
	some f in switching
	some word in split(lib.variable_key(f.variable.name), "_")
	word in inversions
}

permitted contains f if {
	some f in found
	lib.variable_key(f.variable.name) in authorities
	lib.value_known(f.variable)
	f.variable.value in data.mcp.settings.params["environment.tls"].authorities
}

permitted contains f if {
	some f in (switching - inverted)
	lib.value_known(f.variable)
	lower(f.variable.value) in on
}

permitted contains f if {
	some f in inverted
	lib.value_known(f.variable)
	lower(f.variable.value) in off
}

permitted contains f if {
	some f in found
	f.variable.source == "host"
	f.variable.name in data.mcp.settings.params["environment.tls"].from_host
}

deny contains {"msg": msg, "path": path} if {
	some f in (found - permitted)
	msg := sprintf("environment variable %s turns TLS checks off, or changes whom they believe", [f.variable.name])
	path := sprintf("/server/environment/%d", [f.at])
}

# METADATA
# title: No remote server behind a bridge
# description: >-
#   mcp-remote and its like are programs on this machine that pass everything on to a
#   remote server, whose URL is one of their arguments. What the other policies ask of
#   a remote server, such as TLS and an approved host, they do not ask of an argument.
#   A bridge also logs in on its own and keeps tokens in files in the home.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#confused-deputy-problem
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-6514
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Give the URL itself to mcp-runner, as in mcp-runner run --stdio
#     https://mcp.acme.example/mcp, and credentials with --header-secret.
#   owasp: [MCP07, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [packages]
#     properties:
#       packages:
#         description: >-
#           Packages that are bridges. Names are in lower case; those of pypi have one - for
#           each run of - _ and .
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [ecosystem, name]
#           properties:
#             ecosystem: {type: string, enum: [npm, pypi, go]}
#             name: {type: string, minLength: 1}
#         default:
#           - {ecosystem: npm, name: mcp-remote}
#           - {ecosystem: npm, name: supergateway}
#           - {ecosystem: pypi, name: mcp-proxy}
package mcp.policy.remote.bridge

import data.mcp.lib

# Without a list, every package may be one.
plain contains path if {
	packages := data.mcp.settings.params["remote.bridge"].packages
	some path, installed in lib.packages(input.server)
	names := {package_.name | some package_ in packages; package_.ecosystem == installed.ecosystem}
	not lower(installed.name) in names
}

deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in plain
	msg := sprintf("package %q passes on to a remote server that no policy has seen", [lib.package_label(installed)])
}

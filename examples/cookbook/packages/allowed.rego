# METADATA
# title: Packages are on the list
# description: >-
#   Only packages that the security team has looked at are installed and run.
# custom:
#   severity: high
#   remediation: >-
#     Ask the security team to review the package, or take one from the list.
#   owasp: [MCP04]
#   params:
#     type: object
#     required: [packages]
#     additionalProperties: false
#     properties:
#       packages:
#         type: array
#         items:
#           type: object
#           required: [ecosystem, name]
#           additionalProperties: false
#           properties:
#             ecosystem: {type: string, enum: [npm, pypi, go]}
#             name: {type: string}
package mcp.policy.packages.allowed

installed contains {"path": "/server/package", "it": input.server.package} if input.server.package.name != ""

installed contains {"path": sprintf("/server/packages/%d", [i]), "it": it} if some i, it in input.server.packages

on_list(it) if {
	some allowed in data.mcp.settings.params["packages.allowed"].packages
	allowed.ecosystem == it.ecosystem
	allowed.name == it.name
}

deny contains {"msg": msg, "path": found.path} if {
	some found in installed
	not on_list(found.it)
	msg := sprintf("package %q is not on the list of approved packages", [found.it.name])
}

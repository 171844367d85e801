# METADATA
# title: Packages come from their registry
# description: >-
#   A package from a git repository, a URL or a directory was published by nobody and
#   reviewed by nobody.
# custom:
#   severity: high
#   remediation: >-
#     Publish the package, or ask for an exception for this revision.
#   owasp: [MCP04]
package mcp.policy.packages.source

installed contains {"path": "/server/package", "it": input.server.package} if input.server.package.name != ""

installed contains {"path": sprintf("/server/packages/%d", [i]), "it": it} if some i, it in input.server.packages

deny contains {"msg": msg, "path": found.path} if {
	some found in installed
	found.it.ecosystem == ""
	msg := sprintf("package %q does not come from a registry", [found.it.name])
}

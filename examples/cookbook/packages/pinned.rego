# METADATA
# title: Packages have an exact version
# description: >-
#   npx, uvx and their like take the newest release of a package each time, unless the
#   command line names an exact version.
# custom:
#   severity: medium
#   remediation: >-
#     Name the version that was reviewed, as in npx -y PACKAGE@1.2.3 or uvx
#     PACKAGE==1.2.3.
#   owasp: [MCP04]
package mcp.policy.packages.pinned

# What runs, and all that the line installs beside it.
installed contains {"path": "/server/package", "it": input.server.package} if input.server.package.name != ""

installed contains {"path": sprintf("/server/packages/%d", [i]), "it": it} if some i, it in input.server.packages

deny contains {"msg": msg, "path": found.path} if {
	some found in installed
	found.it.pinned == false
	msg := sprintf("package %q has no exact version", [found.it.name])
}

# METADATA
# title: Packages have an exact version
# description: >-
#   A package that npx, uvx, go run and the like fetch at every start must be
#   named with an exact version: with a range, a tag or nothing, whoever
#   publishes the package next decides what runs here.
# related_resources:
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Name the version that was reviewed, as in
#     @modelcontextprotocol/server-everything@2026.8.31 for npx, or
#     mcp-server-time==2026.8.31 for uvx.
#   owasp: [MCP04]
package mcp.policy.packages.pinned

deny contains violation(input.server.package, "/server/package")

# What the line installs beside it runs with the same rights.
deny contains violation(pkg, sprintf("/server/packages/%d", [i])) if {
	some i, pkg in input.server.packages
}

violation(pkg, path) := {"msg": msg, "path": sprintf("%s/version", [path])} if {
	pkg.name != ""
	pkg.pinned == false
	msg := sprintf("package %q has no exact version", [pkg.name])
}

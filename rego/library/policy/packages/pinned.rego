# METADATA
# title: Packages are pinned to one version
# description: >-
#   Without an exact version, npx, uvx and their like install what is newest when the
#   server starts, or what an old cache holds. postmark-mcp was harmless for fifteen
#   versions and copied every mail to its author from the sixteenth: whoever had not
#   pinned it got that version without asking.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://postmarkapp.com/blog/information-regarding-malicious-postmark-mcp-package
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Write the exact version that was reviewed: npx -y NAME@1.2.3, uvx NAME==1.2.3,
#     go run PATH@v1.2.3, and for a repository the full commit, as in
#     git+https://github.com/acme/search@COMMIT. Do so for packages behind --with, -p
#     and --from too. A range (^1.2), a tag (latest) and a branch are not exact.
#   owasp: [MCP04]
package mcp.policy.packages.pinned

import data.mcp.lib

pinned contains path if {
	some path, installed in lib.packages(input.server)
	installed.pinned == true
}

deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in pinned
	msg := sprintf("package %q is not pinned to one version", [lib.package_label(installed)])
}

# METADATA
# title: No version with a known hole
# description: >-
#   Some releases of MCP packages are known to be harmful: mcp-remote 0.0.5 to 0.1.15 runs
#   commands of the server (CVE-2025-6514).
# custom:
#   severity: critical
#   remediation: >-
#     Take mcp-remote 0.1.16 or later, and name that version.
#   owasp: [MCP04]
package mcp.policy.packages.known_bad

installed contains {"path": "/server/package", "it": input.server.package} if input.server.package.name != ""

installed contains {"path": sprintf("/server/packages/%d", [i]), "it": it} if some i, it in input.server.packages

bad(it) if {
	semver.is_valid(it.version)
	semver.compare(it.version, "0.0.5") >= 0
	semver.compare(it.version, "0.1.15") <= 0
}

# Without an exact version, it may be any.
bad(it) if it.pinned == false

deny contains {"msg": msg, "path": found.path} if {
	some found in installed
	found.it.ecosystem == "npm"
	found.it.name == "mcp-remote"
	bad(found.it)
	msg := sprintf("mcp-remote %q runs commands that a server sends it", [found.it.version])
}

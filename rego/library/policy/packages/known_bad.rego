# METADATA
# title: No package version with a known hole
# description: >-
#   Some versions of MCP packages run commands for whoever asks, let a server out of
#   its directory, or send what passes through to their author. They stay on the
#   registries, in caches and in configurations that were copied from a web page. For
#   these packages a range, a tag, a version that does not compare with certainty and
#   the URL of an archive count as one of them. Without a version, and as latest, a
#   launcher takes the newest, unless an old one is installed or in its cache: where
#   the hole is fixed, that is a warning and no denial.
# related_resources:
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-6514
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-49596
#   - ref: https://postmarkapp.com/blog/information-regarding-malicious-postmark-mcp-package
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Name a fixed version exactly, as in npx -y mcp-remote@0.1.16, and clear the cache
#     of the launcher. Where no version is fixed, use another package, and replace the
#     credentials that this one had. Advisories are in the params of packages.known_bad.
#   owasp: [MCP04, MCP05]
#   params:
#     type: object
#     additionalProperties: false
#     required: [advisories]
#     properties:
#       advisories:
#         description: >-
#           Versions with a known hole: of a package, from introduced (from the first, where
#           it is not there) up to, not with, fixed (without end, where it is not there).
#           Names are in lower case; those of pypi have one - for each run of - _ and .
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [ecosystem, name, id]
#           properties:
#             ecosystem: {type: string, enum: [npm, pypi, go]}
#             name: {type: string, minLength: 1}
#             introduced: {type: string, minLength: 1}
#             fixed: {type: string, minLength: 1}
#             id: {type: string, minLength: 1}
#         default:
#           - {ecosystem: npm, name: mcp-remote, introduced: 0.0.5, fixed: 0.1.16, id: CVE-2025-6514}
#           - {ecosystem: npm, name: postmark-mcp, introduced: 1.0.16, id: malware that copies mail}
#           - {ecosystem: npm, name: "@modelcontextprotocol/inspector", fixed: 0.14.1, id: CVE-2025-49596}
#           - {ecosystem: npm, name: "@modelcontextprotocol/inspector", fixed: 0.16.6, id: CVE-2025-58444}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-filesystem", fixed: 2025.7.1, id: CVE-2025-53109 and CVE-2025-53110}
#           - {ecosystem: npm, name: "@cyanheads/git-mcp-server", fixed: 2.1.5, id: CVE-2025-53107}
#           - {ecosystem: npm, name: "@mcpjam/inspector", fixed: 1.4.3, id: CVE-2026-23744}
#           - {ecosystem: npm, name: "@playwright/mcp", fixed: 0.0.40, id: CVE-2025-9611}
#           - {ecosystem: npm, name: figma-developer-mcp, fixed: 0.6.3, id: CVE-2025-53967}
#           - {ecosystem: npm, name: gemini-mcp-tool, introduced: 1.1.2, fixed: 1.1.6, id: CVE-2026-0755}
#           - {ecosystem: npm, name: ios-simulator-mcp, fixed: 1.3.3, id: CVE-2025-52573}
#           - {ecosystem: npm, name: mcp-server-kubernetes, fixed: 2.5.0, id: CVE-2025-53355}
#           - {ecosystem: npm, name: mcp-server-kubernetes, fixed: 3.9.0, id: GHSA-wmg3-h8mf-wgvr}
#           - {ecosystem: npm, name: node-code-sandbox-mcp, fixed: 1.3.0, id: CVE-2025-53372}
#           - {ecosystem: pypi, name: mcp-atlassian, fixed: 0.17.0, id: CVE-2026-27825 and CVE-2026-27826}
#           - {ecosystem: pypi, name: mcp-kubernetes-server, id: CVE-2025-59376 and CVE-2025-59377}
#           - {ecosystem: pypi, name: mcp-server-git, fixed: 2025.12.18, id: "CVE-2025-68143, CVE-2025-68144 and CVE-2025-68145"}
#           - {ecosystem: pypi, name: mcp-server-git, fixed: 2026.1.14, id: CVE-2026-27735}
package mcp.policy.packages.known_bad

import data.mcp.lib

listed if is_array(data.mcp.settings.params["packages.known_bad"].advisories)

deny contains {"msg": msg, "path": path} if {
	not listed
	some path, installed in lib.packages(input.server)
	msg := sprintf("whether package %q has a known hole cannot be said: the settings have no advisories", [lib.package_label(installed)])
}

# What each package may suffer from.
open contains {"path": path, "installed": installed, "advisory": advisory} if {
	some path, installed in lib.packages(input.server)
	some advisory in data.mcp.settings.params["packages.known_bad"].advisories
	advisory.name == lower(installed.name)
	advisory.ecosystem == installed.ecosystem
	not clear(installed, advisory)
}

clear(installed, advisory) if {
	installed.pinned == true
	lib.version_before(installed.ecosystem, installed.version, advisory.introduced)
}

clear(installed, advisory) if {
	installed.pinned == true
	lib.version_from(installed.ecosystem, installed.version, advisory.fixed)
}

# A launcher takes the newest version, which has the hole no more.
newest contains it if {
	some it in (open - exact)
	it.installed.version in {"", "latest"}
	it.advisory.fixed
	not held_back
}

exact contains it if {
	some it in open
	it.installed.pinned == true
}

held_back if {
	some arg in input.server.command.args
	regex.match(`^--(exclude-newer|offline|prefer-offline|resolution)(=|$)`, arg)
}

held_back if {
	some key in lib.variable_keys(input.server.environment)
	key in {"UV_EXCLUDE_NEWER", "UV_OFFLINE", "UV_RESOLUTION"}
}

warn contains {"msg": msg, "path": it.path} if {
	some it in newest
	msg := sprintf("package %q has no exact version, so it may be an old one with a known hole (%s): %s", [
		lib.package_label(it.installed),
		it.advisory.id,
		way_out(it.advisory),
	])
}

deny contains {"msg": msg, "path": it.path} if {
	some it in (open - newest)
	msg := sprintf("package %q %s (%s): %s", [
		lib.package_label(it.installed),
		certainty(it.installed),
		it.advisory.id,
		way_out(it.advisory),
	])
}

default certainty(_) := "is not pinned to a version that compares, so it may have a known hole"

certainty(installed) := "has a known hole" if {
	installed.pinned == true
	lib.version_from(installed.ecosystem, installed.version, installed.version)
}

default way_out(_) := "fixed in no version"

way_out(advisory) := sprintf("fixed in %s", [advisory.fixed])

# The archive of a registry by its URL, or as a file of its name.
deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in registered
	some advisory in data.mcp.settings.params["packages.known_bad"].advisories
	archive(advisory, lower(installed.name))
	msg := sprintf("package %q is an archive of %s, so it may have a known hole (%s): %s", [
		lib.package_label(installed),
		advisory.name,
		advisory.id,
		way_out(advisory),
	])
}

registered contains path if {
	some path, installed in lib.packages(input.server)
	installed.ecosystem in {"go", "npm", "pypi"}
}

archive(advisory, url) if {
	advisory.ecosystem == "npm"
	contains(replace(url, "%2f", "/"), sprintf("/%s/-/", [advisory.name]))
}

archive(advisory, url) if {
	advisory.ecosystem == "pypi"
	regex.match(sprintf(`(^|/)\Q%s\E-[0-9]`, [advisory.name]), regex.replace(url, `[._-]+`, "-"))
}

# METADATA
# title: Packages come from a registry
# description: >-
#   A package from a repository, a URL or a path has not been through a registry:
#   nobody scans it, no version of it stays what it was, and no record says what was
#   installed. A script that is run from a URL is whatever the other side answers at
#   that moment.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Install the package by its name and version from npm, PyPI or as a Go module:
#     npx -y NAME@1.2.3 instead of npx github:OWNER/NAME. To approve a source, add for
#     example https://github.com/acme to sources in the params of packages.source, and
#     name a full commit.
#   owasp: [MCP04]
#   params:
#     type: object
#     additionalProperties: false
#     required: [sources]
#     properties:
#       sources:
#         description: >-
#           Sources from which packages may come, beside the registries of npm, PyPI and
#           Go: a URL without its git+ and without .git, a directory, jsr:@SCOPE, or the
#           first parts of one, each part whole.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.packages.source

import data.mcp.lib

# What climbs leaves the directory that was approved.
climbing contains path if {
	some path, installed in lib.packages(input.server)
	regex.match(`(^|[/\\])\.\.([/\\]|$)`, installed.name)
}

approved contains path if {
	some path, installed in lib.packages(input.server)
	not path in climbing
	some source in data.mcp.settings.params["packages.source"].sources
	within(installed.name, trim_suffix(source, "/"))
}

within(name, source) if name == source

within(name, source) if {
	some separator in ["/", "?", "#"]
	startswith(name, sprintf("%s%s", [source, separator]))
}

registered contains path if {
	some path, installed in lib.packages(input.server)
	installed.ecosystem in {"go", "npm", "pypi"}
}

deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in registered
	not path in approved
	msg := sprintf("package %q comes from a repository, a URL or a path, and not from a registry", [lib.package_label(installed)])
}

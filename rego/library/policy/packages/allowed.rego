# METADATA
# title: Packages are approved
# description: >-
#   npx and uvx install and run what anyone has published, with the rights of the
#   person who starts it: every file, every token, the whole network. Nobody at npm or
#   PyPI looks at it first. So only packages that somebody has looked at are run.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take an approved package, or ask for this one to be reviewed. To approve it, add
#     for example {ecosystem: npm, name: "@acme/search", versions: [1.2.3]} to packages
#     in the params of packages.allowed; without versions, each one is approved.
#   owasp: [MCP04, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [packages]
#     properties:
#       packages:
#         description: >-
#           Approved packages. Names of pypi are in lower case, with one - for each run of
#           - _ and .; with versions, only these, and only where the line pins one of them.
#           A repository or URL has the ecosystem "".
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [ecosystem, name]
#           properties:
#             ecosystem: {type: string, enum: [npm, pypi, go, ""]}
#             name: {type: string, minLength: 1}
#             versions: {type: array, items: {type: string, minLength: 1}}
#         default:
#           - {ecosystem: npm, name: "@azure/mcp"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-everything"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-filesystem"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-memory"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-sequential-thinking"}
#           - {ecosystem: npm, name: "@notionhq/notion-mcp-server"}
#           - {ecosystem: npm, name: "@playwright/mcp"}
#           - {ecosystem: npm, name: "@sentry/mcp-server"}
#           - {ecosystem: npm, name: "@stripe/mcp"}
#           - {ecosystem: npm, name: chrome-devtools-mcp}
#           - {ecosystem: pypi, name: mcp-server-fetch}
#           - {ecosystem: pypi, name: mcp-server-git}
#           - {ecosystem: pypi, name: mcp-server-time}
package mcp.policy.packages.allowed

import data.mcp.lib

approved contains path if {
	some path, installed in lib.packages(input.server)
	lib.package_in(installed, data.mcp.settings.params["packages.allowed"].packages)
}

deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in approved
	msg := sprintf("%s package %q is not approved", [source(installed), lib.package_label(installed)])
}

default source(_) := "other"

source(installed) := installed.ecosystem if installed.ecosystem in {"go", "npm", "pypi"}

# METADATA
# title: No package with a name that imitates another
# description: >-
#   Whoever wants their package to be run gives it the name of a known one with a slip
#   in it: a letter more or less, two that change places, another separator, the name
#   without its scope, a 0 for an o, or the same name on another registry. One hasty
#   look at a configuration does not find the difference.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Correct the name to the one that the message tells. If the package is meant as it
#     stands, have it reviewed, and add it to packages in the params of
#     packages.typosquat.
#   owasp: [MCP04]
#   params:
#     type: object
#     additionalProperties: false
#     required: [packages, distance]
#     properties:
#       distance:
#         description: >-
#           How many edits away a name may at most be to count as an imitation. One edit is
#           counted for each four characters of the known name, so short ones have fewer.
#         type: integer
#         minimum: 0
#         maximum: 2
#         default: 2
#       packages:
#         description: >-
#           Known packages, which are imitated. Their own names pass. Names of pypi are in
#           lower case, with one - for each run of - _ and .
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [ecosystem, name]
#           properties:
#             ecosystem: {type: string, enum: [npm, pypi, go]}
#             name: {type: string, pattern: "^[!-~]+$"}
#         default:
#           - {ecosystem: npm, name: "@azure-devops/mcp"}
#           - {ecosystem: npm, name: "@azure/mcp"}
#           - {ecosystem: npm, name: "@brave/brave-search-mcp-server"}
#           - {ecosystem: npm, name: "@browserbasehq/mcp-server-browserbase"}
#           - {ecosystem: npm, name: "@cloudflare/mcp-server-cloudflare"}
#           - {ecosystem: npm, name: "@elastic/mcp-server-elasticsearch"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/inspector"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-brave-search"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-everything"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-filesystem"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-gdrive"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-github"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-gitlab"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-google-maps"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-memory"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-postgres"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-puppeteer"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-redis"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-sequential-thinking"}
#           - {ecosystem: npm, name: "@modelcontextprotocol/server-slack"}
#           - {ecosystem: npm, name: "@notionhq/notion-mcp-server"}
#           - {ecosystem: npm, name: "@playwright/mcp"}
#           - {ecosystem: npm, name: "@sentry/mcp-server"}
#           - {ecosystem: npm, name: "@stripe/mcp"}
#           - {ecosystem: npm, name: "@supabase/mcp-server-supabase"}
#           - {ecosystem: npm, name: "@upstash/context7-mcp"}
#           - {ecosystem: npm, name: chrome-devtools-mcp}
#           - {ecosystem: npm, name: exa-mcp-server}
#           - {ecosystem: npm, name: figma-developer-mcp}
#           - {ecosystem: npm, name: fastmcp}
#           - {ecosystem: npm, name: firecrawl-mcp}
#           - {ecosystem: npm, name: mcp-proxy}
#           - {ecosystem: npm, name: mcp-remote}
#           - {ecosystem: npm, name: mcp-server-kubernetes}
#           - {ecosystem: npm, name: mongodb-mcp-server}
#           - {ecosystem: npm, name: supergateway}
#           - {ecosystem: npm, name: tavily-mcp}
#           - {ecosystem: pypi, name: fastmcp}
#           - {ecosystem: pypi, name: markitdown-mcp}
#           - {ecosystem: pypi, name: mcp}
#           - {ecosystem: pypi, name: mcp-atlassian}
#           - {ecosystem: pypi, name: mcp-proxy}
#           - {ecosystem: pypi, name: mcp-server-fetch}
#           - {ecosystem: pypi, name: mcp-server-git}
#           - {ecosystem: pypi, name: mcp-server-qdrant}
#           - {ecosystem: pypi, name: mcp-server-sqlite}
#           - {ecosystem: pypi, name: mcp-server-time}
package mcp.policy.packages.typosquat

import data.mcp.lib

listed if is_array(data.mcp.settings.params["packages.typosquat"].packages)

deny contains {"msg": msg, "path": path} if {
	not listed
	some path, installed in lib.packages(input.server)
	msg := sprintf("whether package %q imitates another cannot be said: the settings have no known packages", [lib.package_label(installed)])
}

# What comes from no registry has no name that anyone could take.
suspects[path] := installed if {
	some path, installed in lib.packages(input.server)
	installed.ecosystem != ""
	not path in known
}

known contains path if {
	some path, installed in lib.packages(input.server)
	lib.package_in(installed, data.mcp.settings.params["packages.typosquat"].packages)
}

# All known names in one text, since one call for all costs less than one for each.
names := concat("\n", [package_.name | some package_ in data.mcp.settings.params["packages.typosquat"].packages])

# In the form in which names that look alike are one, in the order of the list;
# and so without their scopes.
forms := split(lib.lookalike(names), "\n")

unscoped := split(lib.lookalike(regex.replace(names, `@[^/]*`, "")), "\n")

# The known names that a package imitates, by their places on the list.
imitated[path] contains i if {
	some path, installed in suspects
	own := lib.lookalike(installed.name)
	some i, form in unscoped
	form == own
}

imitated[path] contains i if {
	some path, installed in suspects
	own := lib.lookalike(installed.name)
	some near in lib.within_edits(own, forms, data.mcp.settings.params["packages.typosquat"].distance)
	lib.edit_distance(own, near) * 4 <= count(near)
	some i, form in forms
	form == near
}

deny contains {"msg": msg, "path": path} if {
	some path, installed in suspects
	some i, original in data.mcp.settings.params["packages.typosquat"].packages
	i in imitated[path]
	msg := sprintf("%s package %q imitates %s of %s", [
		installed.ecosystem,
		installed.name,
		original.name,
		original.ecosystem,
	])
}

# Registries have names in ASCII, so a letter that is none of it is there to be
# taken for one that is.
deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in ascii
	msg := sprintf("the name of package %q has characters that look like others", [lib.package_label(installed)])
}

ascii contains path if {
	some path, installed in lib.packages(input.server)
	regex.match(`^[!-~]+$`, installed.name)
}

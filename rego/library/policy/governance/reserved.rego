# METADATA
# title: Well-known names belong to the servers that are known by them
# description: >-
#   People and models trust a server by its name. A server that is called github,
#   or g1thub, and is not GitHub's gets the tokens, the questions and the tool
#   calls that were meant for it. A name in the list is for what comes from the
#   sources beside it, in each spelling that reads alike.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-54136
# custom:
#   severity: high
#   remediation: >-
#     Give the server a name of its own (--name, or name in the run config), such
#     as payments-github. Where it is what the name says, add its source to names
#     in params of governance.reserved, for example {name: github, sources:
#     ["image:ghcr.io/github/github-mcp-server"]}; a launcher that hides what it
#     runs, or that only forwards to a URL (mcp-remote), has no source: give the
#     URL to the runner instead.
#   owasp: [MCP03, MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [names]
#     properties:
#       names:
#         description: Names and who may have them. A name without sources is for nobody.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [name, sources]
#           properties:
#             name:
#               description: The name without mcp and server, in letters and digits.
#               type: string
#               pattern: "^[A-Za-z0-9]+$"
#             sources:
#               description: >-
#                 What runs: npm:NAME, pypi:NAME, go:NAME, image:REGISTRY/REPOSITORY,
#                 remote:HOST, or command:PATH for a program on this machine.
#               type: array
#               items: {type: string, minLength: 1}
#         default:
#           - {name: admin, sources: []}
#           - {name: atlassian, sources: ["remote:mcp.atlassian.com", "pypi:mcp-atlassian", "image:ghcr.io/sooperset/mcp-atlassian"]}
#           - {name: context7, sources: ["npm:@upstash/context7-mcp", "remote:mcp.context7.com"]}
#           - {name: everything, sources: ["npm:@modelcontextprotocol/server-everything", "image:docker.io/mcp/everything"]}
#           - {name: fetch, sources: ["pypi:mcp-server-fetch", "image:docker.io/mcp/fetch", "image:ghcr.io/stackloklabs/gofetch/server"]}
#           - {name: figma, sources: ["remote:mcp.figma.com"]}
#           - {name: filesystem, sources: ["npm:@modelcontextprotocol/server-filesystem", "image:docker.io/mcp/filesystem"]}
#           - {name: git, sources: ["pypi:mcp-server-git", "image:docker.io/mcp/git"]}
#           - {name: github, sources: ["image:ghcr.io/github/github-mcp-server", "npm:@modelcontextprotocol/server-github", "remote:api.githubcopilot.com"]}
#           - {name: gitlab, sources: ["npm:@modelcontextprotocol/server-gitlab", "remote:gitlab.com"]}
#           - {name: linear, sources: ["remote:mcp.linear.app"]}
#           - {name: memory, sources: ["npm:@modelcontextprotocol/server-memory", "image:docker.io/mcp/memory"]}
#           - {name: notion, sources: ["npm:@notionhq/notion-mcp-server", "image:docker.io/mcp/notion", "remote:mcp.notion.com"]}
#           - {name: playwright, sources: ["npm:@playwright/mcp", "image:mcr.microsoft.com/playwright/mcp", "image:docker.io/mcp/playwright"]}
#           - {name: postgres, sources: ["npm:@modelcontextprotocol/server-postgres", "image:docker.io/mcp/postgres"]}
#           - {name: puppeteer, sources: ["npm:@modelcontextprotocol/server-puppeteer", "image:docker.io/mcp/puppeteer"]}
#           - {name: sentry, sources: ["npm:@sentry/mcp-server", "remote:mcp.sentry.dev"]}
#           - {name: sequentialthinking, sources: ["npm:@modelcontextprotocol/server-sequential-thinking", "image:docker.io/mcp/sequentialthinking"]}
#           - {name: slack, sources: ["npm:@modelcontextprotocol/server-slack", "image:docker.io/mcp/slack", "remote:mcp.slack.com"]}
#           - {name: stripe, sources: ["npm:@stripe/mcp", "image:docker.io/mcp/stripe", "remote:mcp.stripe.com"]}
#           - {name: supabase, sources: ["npm:@supabase/mcp-server-supabase", "remote:mcp.supabase.com"]}
#           - {name: system, sources: []}
#           - {name: time, sources: ["pypi:mcp-server-time", "image:docker.io/mcp/time"]}
#           - {name: toolhive, sources: []}
package mcp.policy.governance.reserved

import data.mcp.lib

# A name in the form in which names that read alike are one. A comma stays: it
# stands between names, so that all of the list are read at once.
skeleton(text) := strings.replace_n(
	{"0": "o", "1": "l", "i": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "rn": "m", "vv": "w"},
	regex.replace(regex.replace(lower(text), `[^a-z0-9,]`, ""), `mcp|servers?|official`, ""),
)

own := skeleton(replace(input.server.name, ",", ""))

entries := data.mcp.settings.params["governance.reserved"].names

skeletons := split(skeleton(concat(",", [entry.name | some entry in entries])), ",")

alike contains entry if {
	some i, entry in entries
	skeletons[i] == own
}

genuine contains entry if {
	some entry in alike
	some source in entry.sources
	source in lib.identities(input.server)
}

deny contains {"msg": msg, "path": "/server/name"} if {
	input.operation == "create_server"
	some entry in (alike - genuine)
	msg := sprintf("the name %q reads like %s, and what runs is not known by that name", [input.server.name, entry.name])
}

# Letters of other alphabets that look like those of the list are too many to tell.
deny contains {"msg": msg, "path": "/server/name"} if {
	input.operation == "create_server"
	regex.match(`[^ -~]`, input.server.name)
	msg := sprintf("the name %q has letters that can be read as those of another name", [input.server.name])
}

listed if is_array(entries)

deny contains {"msg": "names in params of governance.reserved says who may have which name, and is not there", "path": "/server/name"} if {
	input.operation == "create_server"
	not listed
}

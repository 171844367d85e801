# METADATA
# title: Memory and processes of a container are limited
# description: >-
#   A server that is fed what it cannot digest, or told to start processes without end,
#   takes the machine with it, and whatever else runs there. A limit ends the server
#   instead. This runner gives images limits by itself; a container client gives none
#   that is not asked for.
# related_resources:
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://docs.docker.com/engine/containers/resource_constraints/
# custom:
#   severity: low
#   remediation: >-
#     Add --memory 1g and --pids-limit 512, or what the server needs, to the command
#     line. An image that this runner starts has both limits; container.memory_bytes and
#     container.pids of the run config change them.
#   owasp: [MCP02]
package mcp.policy.permissions.limits

import data.mcp.lib

limits := input.server.permissions.limits

deny contains {"msg": "nothing limits the memory of the server", "path": "/server/permissions/limits/memory_bytes"} if {
	lib.image_runs(input.server)
	limits.memory_bytes <= 0
}

deny contains {"msg": "nothing limits how many processes the server starts", "path": "/server/permissions/limits/pids"} if {
	lib.image_runs(input.server)
	limits.pids <= 0
}

# METADATA
# title: PATH is the machine's own
# description: >-
#   PATH says which file a name such as node, git or python means. With a
#   directory of somebody's choice in front, an approved server starts programs
#   that nobody approved, each time it calls one by its name.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Take PATH out of the -e flags or of env: the server gets that of the runner.
#     Start a program that is not on it by its whole path, such as
#     /home/you/.nvm/versions/node/v22.0.0/bin/npx. A PATH that all servers may
#     have goes into params of environment.path, as it is written.
#   owasp: [MCP05]
#   params:
#     type: object
#     additionalProperties: false
#     required: [paths]
#     properties:
#       paths:
#         description: Values of PATH that may be set, whole.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
#           - /usr/local/bin:/usr/bin:/bin
#           - /usr/bin:/bin:/usr/sbin:/sbin
package mcp.policy.environment.path

import data.mcp.lib

# PATHEXT is what Windows adds to a name.
names := {"PATH", "PATHEXT"}

keys := lib.variable_keys(input.server.environment)

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in names
}

# It is what the runner itself looks programs up with.
permitted contains f if {
	some f in found
	f.variable.source == "host"
}

permitted contains f if {
	some f in found
	lib.value_known(f.variable)
	f.variable.value in data.mcp.settings.params["environment.path"].paths
}

deny contains {"msg": msg, "path": path} if {
	some f in (found - permitted)
	msg := sprintf("environment variable %s is set, and says which programs the server starts", [f.variable.name])
	path := sprintf("/server/environment/%d", [f.at])
}

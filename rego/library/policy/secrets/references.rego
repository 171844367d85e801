# METADATA
# title: Secrets are given by reference
# description: >-
#   A variable whose name says secret gets its value from the secrets of the
#   runner or from its environment, and never from the configuration: that file is
#   copied, synchronised and committed. This holds for an empty value, a short one
#   and a placeholder, too, which are where the next person writes the secret.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#token-passthrough
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
# custom:
#   severity: medium
#   remediation: >-
#     Leave the value out of the configuration: --secret NAME,target=VARIABLE takes
#     it from MCP_RUNNER_SECRET_NAME, and -e VARIABLE without a value from the
#     environment of mcp-runner. A variable that is no secret, whatever it is
#     called, goes into names in params of secrets.references.
#   owasp: [MCP01]
#   params:
#     type: object
#     additionalProperties: false
#     required: [names]
#     properties:
#       names:
#         description: Names of variables that are no secrets, though they sound so.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.secrets.references

import data.mcp.lib

# A switch is no secret: USE_TOKEN=true.
switches := {"false", "no", "off", "on", "true", "yes"}

written contains {"at": i, "variable": variable} if {
	some i, variable in input.server.environment
	variable.source == "literal"
	lib.secret_name(variable.name)
}

permitted contains w if {
	some w in written
	w.variable.name in data.mcp.settings.params["secrets.references"].names
}

permitted contains w if {
	some w in written
	lower(w.variable.value) in switches
}

deny contains {"msg": msg, "path": path} if {
	some w in (written - permitted)
	msg := sprintf("environment variable %s is a secret by its name and stands in the configuration", [w.variable.name])
	path := sprintf("/server/environment/%d/value", [w.at])
}

# METADATA
# title: No new server during a freeze
# description: >-
#   Between two days, such as those at the end of a year, nothing new is started.
# custom:
#   severity: medium
#   remediation: >-
#     Wait until the freeze is over, or ask for a waiver.
#   owasp: [MCP09]
#   params:
#     type: object
#     required: [freezes]
#     additionalProperties: false
#     properties:
#       freezes:
#         type: array
#         items:
#           type: object
#           required: [from, until]
#           additionalProperties: false
#           properties:
#             from: {type: string, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
#             until: {type: string, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
package mcp.policy.governance.freeze

# Days in UTC, and the time in the input, compare as text: a freeze begins with
# its first day and ends before the second.
deny contains {"msg": msg, "path": "/context/time"} if {
	some freeze in data.mcp.settings.params["governance.freeze"].freezes
	input.context.time >= freeze.from
	input.context.time < freeze.until
	msg := sprintf("no server is started until %s", [freeze.until])
}

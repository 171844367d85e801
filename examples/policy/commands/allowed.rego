# METADATA
# title: Local servers are on the list
# description: >-
#   A command that is started here, be it the server itself or what launches it, must be one of those that the
#   security team has listed: the file that runs, for a script the program that it is run by, all of its arguments,
#   and no variable beyond those that the list grants it.
# related_resources:
#   - ref: https://intranet.example/mcp/commands
# custom:
#   severity: high
#   remediation: Use a server from the list, or ask the security team to add this one.
#   params:
#     type: object
#     required: [commands]
#     additionalProperties: false
#     properties:
#       commands:
#         type: array
#         items:
#           type: object
#           required: [resolved, args]
#           additionalProperties: false
#           properties:
#             resolved: {type: string}
#             interpreter: {type: string}
#             sha256: {type: string}
#             args: {type: array, items: {type: string}}
#             environment: {type: array, items: {type: string}}
package mcp.policy.commands.allowed

deny contains {"msg": msg, "path": "/server/command", "details": {"variables": names}} if {
	input.server.command.resolved != ""
	not listed
	names := sort(variables)
	msg := sprintf("%v with arguments %v and variables %v is not a listed server", [
		input.server.command.resolved,
		input.server.command.args,
		names,
	])
}

listed if {
	some entry in data.mcp.settings.params["commands.allowed"].commands
	entry.resolved == input.server.command.resolved
	object.get(entry, "interpreter", "") == input.server.command.interpreter.path
	entry.args == input.server.command.args
	digest(entry) == input.server.command.sha256
	every name in variables {
		name in object.get(entry, "environment", [])
	}
}

# An entry without a digest takes the file as it is.
digest(entry) := object.get(entry, "sha256", input.server.command.sha256)

# A variable such as NODE_OPTIONS or LD_PRELOAD turns a listed server into
# another one: what is not granted is not allowed.
variables contains variable.name if some variable in input.server.environment

# METADATA
# title: No command line that cannot be read
# description: >-
#   A shell with several commands, or a launcher with options that nobody knows, hides
#   what it starts.
# custom:
#   severity: high
#   remediation: >-
#     Give the program and its arguments without a shell around them.
#   owasp: [MCP09]
package mcp.policy.commands.opaque

deny contains {"msg": msg, "path": "/server/source/opaque"} if {
	input.server.source.opaque == true
	msg := sprintf("what %q starts cannot be read from its arguments: %s", [
		input.server.source.reference,
		input.server.source.opaque_reason,
	])
}

# METADATA
# title: No launcher that hides what it runs
# description: >-
#   The command line of a container launcher, such as docker run, says in its
#   arguments which image runs and with which mounts, ports and privileges. Where
#   they cannot be read fully, no other policy has seen them.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Run the server itself rather than the launcher: its package (mcp-runner run
#     -- npx -y PACKAGE, or uvx PACKAGE), its program (mcp-runner run -- PROGRAM),
#     or its URL (mcp-runner run https://HOST/mcp).
#   owasp: [MCP04, MCP09]
package mcp.policy.launchers.opaque

deny contains {"msg": msg, "path": "/server/source/reference"} if {
	input.server.source.opaque == true
	msg := sprintf(
		"%q launches a container, and what the container would get cannot be judged from its command line",
		[input.server.source.reference],
	)
}

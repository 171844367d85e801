# METADATA
# title: No launcher that hides what it runs
# description: >-
#   What npx, uvx, docker run, sh -c and their like start stands in their arguments.
#   Where those cannot be read fully, no other policy has seen which package or image
#   runs, from where it comes, or what it may do.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     The reason names what stands in the way: leave that option, variable, file or shell construct out.
#     A package is npx -y PACKAGE@VERSION or uvx PACKAGE==VERSION, from the usual registry and with the
#     package's own program; a container docker run IMAGE with -v, -e, -p and --network at most; of a
#     shell, one simple command. Anything longer goes into a script file, which runs as a program.
#   owasp: [MCP04, MCP09]
package mcp.policy.launchers.opaque

deny contains {"msg": msg, "path": "/server/source/reference"} if {
	input.server.source.opaque == true
	msg := sprintf("what %q starts cannot be read from its command line: %s", [input.server.source.reference, why])
}

why := input.server.source.opaque_reason if input.server.source.opaque_reason != ""

why := "nothing says why" if input.server.source.opaque_reason == ""

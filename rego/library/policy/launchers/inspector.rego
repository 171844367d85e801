# METADATA
# title: No MCP inspector as a server, and none without authentication
# description: >-
#   The MCP inspector is a tool for developers whose proxy starts any command that it is
#   told to. In versions before 0.14.1 it asked nobody who they are, so that a web page
#   could run programs on the machine of a developer (CVE-2025-49596); the variable
#   DANGEROUSLY_OMIT_AUTH brings that back in every version, and HOST opens the proxy to
#   the whole network. An inspector of another maker had the same hole (CVE-2026-23744).
# related_resources:
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-49596
#   - ref: https://github.com/modelcontextprotocol/inspector/security/advisories/GHSA-7f8r-222p-6f5g
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2026-23744
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Configure the server that you inspect, not the inspector: take
#     @modelcontextprotocol/inspector (or mcp dev, fastmcp dev) out of the command line.
#     Start the inspector, version 0.14.1 or later, by hand while you develop, and
#     without DANGEROUSLY_OMIT_AUTH and HOST=0.0.0.0.
#   owasp: [MCP05, MCP07]
package mcp.policy.launchers.inspector

import data.mcp.lib

# The package on a command line, from the registry, from a repository or as a file.
package_name := `(modelcontextprotocol[/\\]inspector|@mcpjam[/\\]inspector)(-(server|client|cli))?([\s"'@#/\\.:]|$)`

# Programs that are the inspector, and subcommands that start it.
program_names := {"mcp-inspector", "mcp-inspector-cli", "mcp-inspector-server", "mcpjam-inspector"}

developing := {"mcp", "fastmcp"}

deny contains {"msg": msg, "path": "/server/source/reference"} if {
	inspects
	msg := sprintf("%q starts the MCP inspector, which is no server", [input.server.source.reference])
}

deny contains {"msg": msg, "path": path} if {
	some i, variable in input.server.environment
	upper(variable.name) == "DANGEROUSLY_OMIT_AUTH"
	is_set(variable)
	path := sprintf("/server/environment/%d", [i])
	msg := sprintf("variable %s takes the authentication away from the MCP inspector", [variable.name])
}

deny contains {"msg": msg, "path": path} if {
	inspects
	some i, variable in input.server.environment
	upper(variable.name) == "HOST"
	is_set(variable)
	not lib.loopback(variable.value)
	path := sprintf("/server/environment/%d", [i])
	msg := sprintf("variable %s lets the MCP inspector listen beyond this machine", [variable.name])
}

text := lib.command_text(input.server)

inspects if {
	contains(text, "inspector") # most texts do not, and this is quick
	regex.match(package_name, text)
}

inspects if lib.runs(text, program_names, `(\s|$|["'@;&|])`)

inspects if lib.runs(text, developing, `(\[[a-z]*\])?["']?\s+(-\S+\s+)*dev(\s|$)`)

inspects if regex.match(`(^|/)(modelcontextprotocol|mcpjam|mcp)/(mcp-)?inspector$`, input.server.image.repository)

# JavaScript takes any text for true, "false" too. What comes from elsewhere is
# not seen here.
is_set(variable) if variable.source != "literal"

is_set(variable) if variable.value != ""

# METADATA
# title: No server with the rights of another account
# description: >-
#   Behind sudo, su or runas a server has the rights of the administrator, and so has
#   whoever makes the model call its tools. The person who starts it types the password
#   or has rules that ask for none; the configuration is all that an attacker needs.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Take sudo (or su, doas, pkexec, runas) out of the command line, and give the account
#     that starts the server the one right that it lacks: membership of a group, or access
#     to a file. A server that must act as the administrator runs as a service of its own,
#     apart from the client, and is reached as a remote server.
#   owasp: [MCP02, MCP05]
package mcp.policy.launchers.elevated

import data.mcp.lib

text := lib.command_text(input.server)

programs := {
	"beesu",
	"calife",
	"doas",
	"dzdo",
	"elevate",
	"gksu",
	"gksudo",
	"gsudo",
	"kdesu",
	"kdesudo",
	"ksu",
	"nsudo",
	"paexec",
	"pbrun",
	"pkexec",
	"please",
	"psexec",
	"run0",
	"runas",
	"runuser",
	"su",
	"sudo",
	"sudo-rs",
	"sux",
}

# How PowerShell and AppleScript ask for it.
phrases := `-verb:?\s+["']?runas|with\s+administrator\s+privileges`

elevated if lib.begins(text, programs, `(\s|$|["');&|])`)

elevated if regex.match(phrases, text)

deny contains {"msg": msg, "path": "/server/source/reference"} if {
	elevated
	msg := sprintf("%q starts the server with the rights of another account", [input.server.source.reference])
}

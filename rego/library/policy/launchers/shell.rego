# METADATA
# title: No shell that runs the text of an argument
# description: >-
#   What sh -c, cmd /c or powershell -Command gets is a program in a language of
#   its own: one quote too few, one variable or one & in it, and something else
#   runs than what was reviewed. Configurations that are shared on the web hide
#   their payload there. A server is started by its program, and no shell is
#   needed for that.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://owasp.org/www-community/attacks/Command_Injection
# custom:
#   severity: medium
#   remediation: >-
#     Take the shell away and start the program itself, each argument apart: instead of
#     sh -c "npx -y PACKAGE@VERSION" write npx -y PACKAGE@VERSION, and on Windows npx.cmd
#     instead of cmd /c npx. Variables are set with -e NAME=VALUE. What needs more than
#     one command goes into a script file, which is reviewed and then runs as a program.
#   owasp: [MCP05]
package mcp.policy.launchers.shell

import data.mcp.lib

text := lib.command_text(input.server)

# Shells that take a command behind -c, also within a cluster (-lc).
shells := {
	"ash",
	"bash",
	"csh",
	"dash",
	"elvish",
	"fish",
	"ksh",
	"mksh",
	"nu",
	"osh",
	"rbash",
	"sh",
	"tcsh",
	"xonsh",
	"yash",
	"zsh",
}

powershells := {"powershell", "pwsh", "pwsh-preview"}

# Options in front, some of which have a value.
shell_command := `(\s+(--(rcfile|init-file|emulate)\s+\S+|[-+][a-z]*o\s+\S+|[-+]\S+))*\s+(-[a-z]*c|--commands?(=|\s|$))`

# All switches may stand together, and the command directly behind /c.
cmd_command := `(\s*/[a-z0-9:]+)*\s*/+[ckr]`

# PowerShell takes an option by its first letters, and several dashes for one.
dash := `\s+(--?|/|–|—|―)`

powershell_command := concat("", [`(`, dash, `[a-eg-z]\S*(\s+[^\s/–—―-]\S*)?)*`, dash, `(c|co|com[a-z]*|cwa|e|ec|en[a-z]*)(:|\s|$)`])

powershell_text := concat("", ["(", dash, `(no[a-z]*|mta|sta|l|lo[a-z]*|i|in[a-z]*))*\s+[^\s/–—―-]`])

# A script that is named in place of the text.
powershell_file := concat("", [powershell_text, `[^\s]*\.ps1(\s|"|'|$)`])

runs_text if lib.runs(text, shells, shell_command)

# docker run --entrypoint sh IMAGE -c …
runs_text if {
	entrypoint := concat("", [`--entrypoint[=\s](\S*/)?(`, concat("|", shells), ")"])
	lib.runs(text, {entrypoint}, `\s(.*\s)?-[a-z]*c(\s|$)`)
}

runs_text if lib.runs(text, {"cmd"}, cmd_command)

runs_text if lib.runs(text, powershells, powershell_command)

runs_text if {
	lib.runs(text, powershells, powershell_text)
	not runs_file
}

runs_file if lib.runs(text, powershells, powershell_file)

deny contains {"msg": msg, "path": "/server/command/args"} if {
	runs_text
	msg := sprintf("%q starts a shell that runs the text of an argument", [input.server.source.reference])
}

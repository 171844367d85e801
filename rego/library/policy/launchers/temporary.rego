# METADATA
# title: No program from a temporary directory or from the downloads
# description: >-
#   Other accounts and every program of the person may write to temporary directories,
#   and browsers fill the one for downloads: what stands there was not installed by
#   anybody, and can be another file tomorrow. A payload that a web page or a package
#   has put there is started from there.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://attack.mitre.org/techniques/T1204/002/
# custom:
#   severity: high
#   remediation: >-
#     Install the program where only its owner writes (/usr/local/bin, ~/.local/bin,
#     C:\Program Files, or the directory of its project), and name that path in the
#     command line; a published server is started as a package, pinned to a version.
#   owasp: [MCP04, MCP05]
package mcp.policy.launchers.temporary

import data.mcp.lib

# In each of them; most texts have none, and this is quick.
hint := `te?mp|shm|folders|run/+user|downloads|appdata|public|recycle|trash`

hint_of_a_path := concat("", ["^.*(", hint, ")"])

# Paths in lower case, cleaned, with a slash at the end.
directories := concat("", [
	"^(", concat("|", [
		`(/private)?(/usr|/var)?/tmp`,
		`(/private)?/var/folders`,
		`/(dev|run)/shm`,
		`(/var)?/run/user/[^/]+`,
		`(.*/)?(home|users)/[^/]+/(downloads|\.cache/tmp|\.trash|appdata/local/temp|appdata/locallow)`,
		`/root/downloads`,
		`/([?.]/)?[a-z]:/(te?mp|windows/te?mp|users/public|\$recycle\.bin)`,
	]),
	")/[^/]",
])

# The same as a part of a text, and as variables that shells put in.
in_text := concat("", [
	`(`, concat("|", [
		`(/[^/\s]+/+\.\.)*(/+\.)*/+((private|usr|var)/+)*(tmp|var/+folders|dev/+shm|run/+shm|run/+user/+[0-9]+)`,
		`(~|\$\{?home\}?|\$env:userprofile|%userprofile%|(/var)?/(home|users)/+[^/\s]+|/root|[a-z]:[/\\]+users[/\\]+[^/\\]+)[/\\]+downloads`,
		`[/\\a-z0-9_:.$%{}~ -]*[/\\]+appdata[/\\]+local(low|[/\\]+temp)`,
		`[a-z]:[/\\]+((windows[/\\]+)?te?mp|users[/\\]+public|\$recycle\.bin)`,
		`%te?mp%|\$env:te?mp|\$\{?te?mp(dir)?\}?`,
	]),
	`)[/\\]+[^\s"']`,
])

# Files that are programs by their ending, and what they are handed to.
endings := `[^\s"']*\.(appimage|bash|bat|bin|cjs|class|cmd|com|dll|dylib|exe|jar|js|jsx|lua|mjs|mts|php|pl|ps1|py|pyc|pyw|pyz|rb|scpt|sh|so|tgz|ts|vbs|wasm|whl|zsh)(["'\s;&|)]|$)`

interpreters := {
	"bun",
	"deno",
	"dotnet",
	"java",
	"lua",
	"luajit",
	"node",
	"nodejs",
	"osascript",
	"perl",
	"php",
	"pypy",
	"python",
	"pythonw",
	"ruby",
	"tsx",
}

# Each file that the input names as one that runs.
files["/server/source/reference"] := input.server.source.reference if input.server.source.scheme == "command"

files["/server/command/path"] := input.server.command.path

files["/server/command/resolved"] := input.server.command.resolved

files["/server/command/interpreter/path"] := input.server.command.interpreter.path

temporary contains path if {
	some path, file in files
	regex.match(hint_of_a_path, lower(file))
	regex.match(directories, lib.directory(file))
}

# One is named; the others are the same file, or where it leads.
deny contains {"msg": msg, "path": path} if {
	some path, file in files
	path in temporary
	every other in temporary {
		path <= other
	}
	msg := sprintf("program %q is run from a temporary directory", [file])
}

deny contains {"msg": msg, "path": "/server/command/args"} if {
	in_arguments
	msg := sprintf("%q runs a file from a temporary directory", [input.server.source.reference])
}

# The arguments of a container name its own files, unless more than it is started.
arguments_are_ours if input.server.kind == "process"

arguments_are_ours if input.server.source.opaque == true

# Where the program itself stands there, that is told, and enough.
hinted if {
	arguments_are_ours
	count(temporary) == 0
	regex.match(hint, text)
}

text := lib.command_text(input.server)

# As a program by its ending, whatever the option in front calls it.
in_arguments if {
	hinted
	regex.match(concat("", [`(^|[\s"'=;&|(:@,])`, in_text, endings]), text)
}

# As the command of a shell or of what runs the rest of its line.
in_arguments if {
	hinted
	regex.match(concat("", [lib.command_start, in_text]), text)
}

# As what an interpreter is given first.
in_arguments if {
	hinted
	lib.runs(text, interpreters, concat("", [`(\s+(run|-\S*))*\s+["']?`, in_text]))
}

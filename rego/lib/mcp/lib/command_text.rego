package mcp.lib

# METADATA
# description: >-
#   What stands on the command line of server, as a text to match: the program and
#   its arguments with a space between, in lower case. Where the file goes by
#   other names (as it was found, and what is behind its symbolic links: a link
#   called tool may be a shell), there is a line for each. Where quotes,
#   backslashes or carets stand in it, which hide a word from a reader and not
#   from a shell (c""url), all comes a second time without them. The arguments of
#   an image stand alone, and a remote server has "".
# scope: document
command_text(server) := written(concat("\n", [lower(concat(" ", words)) |
	some name in names(server)
	words := array.concat(name, server.command.args)
]))

written(text) := text if not hides(text)

written(text) := concat("\n", [text, regex.replace(text, hiding, "")]) if hides(text)

hides(text) if regex.match(hiding, text)

hiding := "[\"'`^\\\\]"

names(server) := {[]} if server.source.scheme == "image"

names(server) := {[server.source.reference]} | {[path] |
	some path in [server.command.path, server.command.resolved]
	path != ""
	trim_suffix(path, concat("", ["/", server.source.reference])) == path
} if {
	not server.source.scheme in {"image", "url"}
}

# METADATA
# description: >-
#   True where text, from command_text, has one of programs as a word, and what
#   follows it matches behind, a regular expression. Programs are names in lower
#   case; a path in front, .exe and a version behind (python3.12) belong to the
#   word. Wherever the word stands counts, because what runs its arguments is not
#   known in full: sh -c is found in env, xargs and docker run alike.
# scope: document
default runs(_, _, _) := false

runs(text, programs, behind) if {
	any_of := concat("|", programs)
	regex.match(any_of, text) # most texts have none, and this is quick
	regex.match(concat("", [`(?s)(^|[\s/\\"'=;&|(){}<>@,`, "`])(", any_of, `)`, version_and_ending, behind]), text)
}

# METADATA
# description: >-
#   True where one of programs stands in text, from command_text, where a command
#   begins: at the start, behind a separator of the shell, and behind programs
#   that run the rest of their line (env, nice, sh -c), with their options. What
#   follows must match behind, as in runs.
# scope: document
default begins(_, _, _) := false

begins(text, programs, behind) if {
	any_of := concat("|", programs)
	regex.match(any_of, text)
	regex.match(concat("", [command_start, `(\S*[/\\])?(`, any_of, `)`, version_and_ending, behind]), text)
}

# METADATA
# description: >-
#   A regular expression for the place on a command line, as command_text has
#   it, where a command begins.
command_start := concat("", [
	"(?s)(^|[;&|({\n`])[\\s\"']*(",
	`(\S*[/\\])?(`, concat("|", runners), ")", version_and_ending, "(", option, `(\s+[^\s-][^\s"']*)?|\s+[0-9][0-9.]*[smhd]?|`, assignment, `)*\s+["']?|`,
	`(\S*[/\\])?(`, concat("|", runners_of_text), ")", version_and_ending, "(", option, `)*\s+["']?|`,
	`[a-z_][a-z0-9_]*=\S*\s+)*`,
])

version_and_ending := `([-_]?[0-9][0-9.]*)?(-static)?(\.(exe|com|cmd|bat|ps1))*\.*`

option := `\s+([-+][^\s"']*|/[a-z]{1,2}(:\S*)?)`

assignment := `\s+[^\s="']+=\S*`

# Programs that run what follows their options, each of which may have a value.
runners := {
	"caffeinate",
	"call",
	"catatonit",
	"chroot",
	"chrt",
	"command",
	"dumb-init",
	"env",
	"exec",
	"gtimeout",
	"ionice",
	"nice",
	"nohup",
	"numactl",
	"parallel",
	"script",
	"setsid",
	"start",
	"stdbuf",
	"strace",
	"systemd-run",
	"taskset",
	"time",
	"timeout",
	"tini",
	"toybox",
	"busybox",
	"unbuffer",
	"unshare",
	"watch",
	"winpty",
	"wsl",
	"xargs",
}

# Those behind whose options a text follows, which begins with a command.
runners_of_text := {"ash", "bash", "cmd", "dash", "fish", "ksh", "mksh", "powershell", "pwsh", "sh", "zsh"}

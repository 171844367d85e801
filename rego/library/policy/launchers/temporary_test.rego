package mcp.policy.launchers.temporary_test

import data.mcp.lib
import data.mcp.policy.launchers.temporary

test_allowed_nothing if count(temporary.deny) == 0 with input as lib.input_with({})

test_allowed_installed_programs[path] if {
	some path in [
		"/usr/bin/server",
		"/home/u/tmp/server",
		"/home/u/project/downloads/server",
		"/tmpfiles/server",
		"/srv/tmp/server",
		"/opt/downloads/server",
		"/dev/shmem/server",
		"/home/u/.cache/uv/server",
		"/run/user/server",
		`C:\Program Files\server.exe`,
		`C:\Users\u\AppData\Local\Programs\server.exe`,
		`C:\Templates\server.exe`,
		"server",
		"/tmp",
	]
	count(temporary.deny) == 0 with input as running({"path": path, "resolved": path, "interpreter": {"path": path}})
	count(temporary.deny) == 0 with input as started(path, [])
}

test_allowed_arguments[line] if {
	some line in [
		["npx", "-y", "server-filesystem", "/tmp"],
		["npx", "-y", "server-filesystem", "/tmp/work"],
		["python", "-m", "server", "--log", "/tmp/server.log"],
		["python", "/srv/server.py", "/tmp/work"],
		["node", "/srv/server.js", "--root", "/tmp/work"],
		["node", "/srv/tmp/server.js"],
		["node", "/home/u/tmp/server.js"],
		["bash", "/opt/start.sh", "/tmp/work"],
		["sh", "-c", "TMPDIR=/tmp npx server"],
		["sh", "-c", "npx server --out /tmp/x"],
		["server", "--out=/tmp/result.json"],
		["server", "https://example.com/tmp/x.js"],
	]
	count(temporary.deny) == 0 with input as started(line[0], array.slice(line, 1, count(line)))
}

test_allowed_arguments_of_a_container if {
	count(temporary.deny) == 0 with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "docker", "scheme": "command"},
		"command": {"args": ["run", "image", "python", "/tmp/server.py"]},
	}})
	count(temporary.deny) == 0 with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "/tmp/image", "scheme": "image"},
		"command": {"args": ["python", "/tmp/server.py"]},
	}})
}

test_denied_each_directory[path] if {
	some path in [
		"/tmp/server",
		"/var/tmp/server",
		"/usr/tmp/server",
		"/private/tmp/server",
		"/private/var/tmp/server",
		"/var/folders/zz/x/T/server",
		"/private/var/folders/zz/x/T/server",
		"/dev/shm/server",
		"/run/shm/server",
		"/run/user/1000/server",
		"/var/run/user/1000/server",
		"/home/u/Downloads/server",
		"/var/home/u/Downloads/tool/server",
		"/Users/u/Downloads/server",
		"/Users/u/.Trash/server",
		"/home/u/.cache/tmp/server",
		"/root/Downloads/server",
		`C:\Users\u\Downloads\server.exe`,
		`C:\Users\U~1\AppData\Local\Temp\server.exe`,
		`C:\Users\u\AppData\LocalLow\server.exe`,
		`C:\Temp\server.exe`,
		`C:\tmp\server.exe`,
		`C:\Windows\Temp\server.exe`,
		`C:\Windows\tmp\server.exe`,
		`C:\Users\Public\server.exe`,
		`C:\$Recycle.Bin\server.exe`,
		`\\?\C:\Temp\server.exe`,
		`\\.\C:\Temp\server.exe`,
	]
	temporary.deny == denied(path, "/server/command/path") with input as running({"path": path})
	temporary.deny == denied(path, "/server/command/resolved") with input as running({"resolved": path})
	temporary.deny == denied(path, "/server/command/interpreter/path") with input as running({"interpreter": {"path": path}})
	temporary.deny == denied(path, "/server/source/reference") with input as started(path, [])
}

test_denied_once if {
	temporary.deny == denied("/tmp/server", "/server/command/path") with input as running({"path": "/tmp/server", "resolved": "/tmp/x/server"})
}

test_denied_each_ending[ending] if {
	some ending in [
		"appimage", "bash", "bat", "bin", "cjs", "class", "cmd", "com", "dll", "dylib", "exe", "jar", "js", "jsx", "lua", "mjs", "mts", "php",
		"pl", "ps1", "py", "pyc", "pyw", "pyz", "rb", "scpt", "sh", "so", "tgz", "ts", "vbs", "wasm", "whl", "zsh",
	]
	temporary.deny == by_argument("tool") with input as started("tool", ["--load", concat(".", ["/tmp/a/server", ending])])
}

test_denied_each_place_in_an_argument[place] if {
	some place in [
		"/tmp/server.js",
		"/var/tmp/server.js",
		"/usr/tmp/server.js",
		"/private/tmp/server.js",
		"/private/var/tmp/server.js",
		"/var/folders/zz/T/server.js",
		"/dev/shm/server.js",
		"/run/shm/server.js",
		"/run/user/1000/server.js",
		"/home/u/Downloads/server.js",
		"~/Downloads/server.js",
		"$HOME/Downloads/server.js",
		"/root/Downloads/server.js",
		"/var/home/u/Downloads/server.js",
		"/Users/u/Downloads/server.js",
		`$env:USERPROFILE\Downloads\server.js`,
		"${HOME}/Downloads/server.js",
		`%USERPROFILE%\Downloads\server.js`,
		`C:\Users\u\Downloads\server.js`,
		`C:\Users\u\AppData\Local\Temp\server.js`,
		`C:\Users\u\AppData\LocalLow\server.js`,
		`C:\Temp\server.js`,
		`C:\tmp\server.js`,
		"C:/Windows/Temp/server.js",
		`C:\Users\Public\server.js`,
		`C:\$Recycle.Bin\server.js`,
		`%TEMP%\server.js`,
		`%TMP%\server.js`,
		`$env:TEMP\server.js`,
		"$TMPDIR/server.js",
		"${TMPDIR}/server.js",
		"$TEMP/server.js",
		"/usr/../tmp/server.js",
		"/./tmp/server.js",
		"//tmp//server.js",
		"file:///tmp/server.js",
		"--import=/tmp/server.js",
	]
	temporary.deny == by_argument("node") with input as started("node", ["--flag", place])
}

test_denied_each_interpreter[name] if {
	some name in [
		"bun", "deno", "dotnet", "java", "lua", "luajit", "node", "nodejs",
		"osascript", "perl", "php", "pypy", "python", "pythonw", "ruby", "tsx",
	]
	temporary.deny == by_argument(name) with input as started(name, ["/tmp/server"])
	temporary.deny == by_argument("sh") with input as started("sh", ["-c", sprintf("%s /tmp/server", [name])])
}

test_denied_what_is_run[name] if {
	some name, line in {
		"options in front": ["python3.12", "-u", "-B", "/tmp/server"],
		"a subcommand": ["deno", "run", "-A", "/tmp/server"],
		"behind env": ["env", "A=1", "/tmp/server"],
		"a shell": ["bash", "/tmp/start"],
		"a shell with options": ["bash", "-eu", "/tmp/start"],
		"the command of a shell": ["sh", "-c", "/tmp/server --stdio"],
		"the second command": ["sh", "-c", "cd /srv && /tmp/server"],
		"quoted": ["sh", "-c", "\"/tmp/server\""],
		"the end of a text": ["sh", "-c", "run /tmp/server.sh; true"],
		"cmd": ["cmd", "/c", `C:\Temp\server`],
		"timeout": ["timeout", "30", "/tmp/server"],
		"text of an interpreter": ["sh", "-c", "node '/tmp/server'"],
	}
	temporary.deny == by_argument(line[0]) with input as started(line[0], array.slice(line, 1, count(line)))
}

test_denied_beside_a_container_that_is_not_all if {
	temporary.deny == by_argument("sh") with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "sh", "scheme": "command", "opaque": true},
		"command": {"args": ["-c", "docker run image; /tmp/server"]},
	}})
}

test_hostile_spellings[path] if {
	some path in ["/TMP/server", "/usr/../tmp/server", "//tmp//server", "/./tmp/./server", "/proc/self/root/tmp/server", `c:/TEMP\server.exe`]
	temporary.deny == denied(path, "/server/command/path") with input as running({"path": path})
}

test_hostile_a_link_to_a_temporary_file if {
	temporary.deny == denied("/tmp/x", "/server/command/resolved") with input as running({"path": "/usr/local/bin/server", "resolved": "/tmp/x"})
}

test_params_absent_is_denied_all_the_same if {
	temporary.deny == denied("/tmp/x", "/server/command/path") with input as running({"path": "/tmp/x"}) with data.mcp.settings.params as {}
}

running(command) := object.union(process, {"server": {
	"source": {"reference": "server"},
	"command": command,
}})

started(reference, args) := object.union(process, {"server": {
	"source": {"reference": reference},
	"command": {"args": args},
}})

# Made once: there are many lines.
process := lib.input_with({"server": {"kind": "process", "source": {"scheme": "command"}}})

denied(path, place) := {{
	"msg": sprintf("program %q is run from a temporary directory", [path]),
	"path": place,
}}

by_argument(reference) := {{
	"msg": sprintf("%q runs a file from a temporary directory", [reference]),
	"path": "/server/command/args",
}}

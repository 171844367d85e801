package mcp.lib_test

import data.mcp.lib

test_command_text[name] if {
	some name, c in {
		"a program": {"server": command("npx", "", "", ["-y", "Server"]), "text": "npx -y server"},
		"found where it is called": {"server": command("npx", "/usr/bin/npx", "/opt/npx", []), "text": "npx"},
		"no arguments": {"server": command("/usr/bin/Tool", "/usr/bin/Tool", "/usr/bin/Tool", []), "text": "/usr/bin/tool"},
		"a link": {"server": command("tool", "/usr/bin/tool", "/usr/bin/bash", ["-c", "x"]), "text": "/usr/bin/bash -c x\ntool -c x"},
		"a name that ends alike": {"server": command("do", "/usr/bin/sudo", "", []), "text": "/usr/bin/sudo\ndo"},
		"quotes": {"server": command("sh", "", "", ["-c", `c""url 'x'`]), "text": "sh -c c\"\"url 'x'\nsh -c curl x"},
		"a backslash": {"server": command("sh", "", "", [`c\url`]), "text": "sh c\\url\nsh curl"},
		"a caret": {"server": command("cmd", "", "", ["c^url"]), "text": "cmd c^url\ncmd curl"},
		"a backtick": {"server": command("pwsh", "", "", ["i`ex"]), "text": "pwsh i`ex\npwsh iex"},
		"an image": {"server": started("image", "alpine", ["sh", "-c"]), "text": "sh -c"},
		"an image alone": {"server": started("image", "alpine", []), "text": ""},
		"a package": {"server": started("npx", "npx://p@1", ["-x"]), "text": "npx://p@1 -x"},
		"a URL": {"server": started("url", "https://h", ["-x"]), "text": ""},
	}
	lib.command_text(c.server) == c.text
}

command(reference, path, resolved, args) := lib.input_with({"server": {
	"source": {"reference": reference, "scheme": "command"},
	"command": {"path": path, "resolved": resolved, "args": args},
}}).server

started(scheme, reference, args) := lib.input_with({"server": {
	"source": {"reference": reference, "scheme": scheme},
	"command": {"args": args},
}}).server

test_runs[text] if {
	some text in [
		"sh -c x",
		"bash -c x",
		"/bin/sh -c x",
		`c:\bin\sh.exe -c x`,
		"env sh -c x",
		"bash5.2 -c x",
		"bash-5 -c x",
		"bash-static -c x",
		"sh.exe. -c x",
		"x\nsh -c x",
		"x;sh -c x",
		"x|sh -c x",
		"x&sh -c x",
		"(sh -c x)",
		"{sh -c x}",
		"<(sh -c x)",
		">sh -c x",
		"a=sh -c x",
		"x,sh -c x",
		"@sh -c x",
		"'sh -c x'",
		`"sh -c x"`,
		"`sh -c x`",
	]
	lib.runs(text, {"sh", "bash"}, `\s+-c`) == true
}

test_runs_not[text] if {
	some text in ["", "sh", "sh -x", "shell -c x", "wish -c x", "x.sh -c x", "zsh -c x", "sh-x -c x"]
	lib.runs(text, {"sh", "bash"}, `\s+-c`) == false
}

test_begins[text] if {
	some text in [
		"sudo x",
		"/usr/bin/sudo x",
		`c:\bin\sudo.exe x`,
		"sudo1.9 x",
		"env sudo x",
		"env -i sudo x",
		"env a=1 sudo x",
		"env a.b=1 sudo x",
		"env.exe sudo x",
		"bash.exe sudo x",
		"busybox-static sudo x",
		"env -u a sudo x",
		"/usr/bin/env sudo x",
		"nice -n 10 sudo x",
		"timeout 30s sudo x",
		"timeout 1.5 sudo x",
		"sh -c sudo x",
		"sh -c 'sudo x'",
		`sh -c "sudo x"`,
		"bash -e -c sudo x",
		"cmd /c sudo x",
		"cmd /e:on /c sudo x",
		"a=1 sudo x",
		"nohup env a=b sh -c sudo x",
		"x; sudo x",
		"x && sudo x",
		"x | sudo x",
		"(sudo x)",
		"{ sudo x; }",
		"x\nsudo x",
		"`sudo x`",
	]
	lib.begins(text, {"sudo", "doas"}, `\s`) == true
}

test_begins_not[text] if {
	some text in ["", "sudo", "npx sudo x", "sh -c echo sudo x", "sudoku x", "/sudo/npx x", "env npx sudo x", "nicer sudo x", "sh script.sh sudo x"]
	lib.begins(text, {"sudo", "doas"}, `\s`) == false
}

test_begins_behind_each_runner[name] if {
	some name in [
		"ash", "bash", "busybox", "caffeinate", "call", "catatonit", "chroot", "chrt", "cmd", "command", "dash", "dumb-init", "env", "exec",
		"fish", "gtimeout", "ionice", "ksh", "mksh", "nice", "nohup", "numactl", "parallel", "powershell", "pwsh", "script", "setsid", "sh",
		"start", "stdbuf", "strace", "systemd-run", "taskset", "time", "timeout", "tini", "toybox", "unbuffer", "unshare", "watch", "winpty",
		"wsl", "xargs", "zsh",
	]
	lib.begins(sprintf("%s -x sudo", [name]), {"sudo"}, "$") == true
}

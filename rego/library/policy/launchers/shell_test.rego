package mcp.policy.launchers.shell_test

import data.mcp.lib
import data.mcp.policy.launchers.shell

test_allowed_nothing if count(shell.deny) == 0 with input as lib.input_with({})

test_allowed_programs_and_scripts[line] if {
	some line in [
		["npx", "-y", "server@1.2.3"],
		["/home/u/tool", "-c", "config.yaml"],
		["bash", "/opt/server/start.sh", "-c", "config.yaml"],
		["bash", "-eu", "/opt/server/start.sh"],
		["sh", "--", "start.sh"],
		["flash", "-c", "x"],
		["shell", "-c", "x"],
		["tool", "/c", "x"],
		["cmd", "start.bat"],
		["cmd", "/q", "start.bat"],
		["powershell", "-ExecutionPolicy", "Bypass", "-File", "start.ps1", "-c", "x"],
		["pwsh", "-NoProfile", "start.ps1"],
		["pwsh", "start.ps1"],
		["docker", "run", "--rm", "image", "-c", "x"],
		["docker", "run", "--entrypoint", "sh", "image", "start.sh"],
		["docker", "run", "--entrypoint", "/bin/tool", "image", "-c", "x"],
	]
	count(shell.deny) == 0 with input as started(line[0], array.slice(line, 1, count(line)))
}

test_allowed_remote if {
	count(shell.deny) == 0 with input as lib.input_with({"server": {
		"kind": "remote",
		"source": {"reference": "https://h/sh -c x", "scheme": "url"},
	}})
}

test_denied_each_shell[name] if {
	some name in [
		"ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "mksh",
		"nu", "osh", "rbash", "sh", "tcsh", "xonsh", "yash", "zsh",
	]
	shell.deny == denied(name) with input as started(name, ["-c", "npx -y server"])
	shell.deny == denied("docker") with input as started("docker", ["run", "--entrypoint", name, "image", "-c", "x"])
}

test_denied_each_spelling_of_the_option[name] if {
	some name, line in {
		"cluster": ["bash", "-lc", "x"],
		"cluster before": ["bash", "-ec", "x"],
		"options in front": ["bash", "-e", "--norc", "-c", "x"],
		"option with value in front": ["bash", "-o", "errexit", "-c", "x"],
		"cluster with value in front": ["bash", "-euo", "pipefail", "-c", "x"],
		"plus option with value": ["bash", "+o", "history", "-c", "x"],
		"plus option": ["sh", "+x", "-c", "x"],
		"file in front": ["bash", "--rcfile", "/dev/null", "-c", "x"],
		"init file in front": ["bash", "--init-file", "/dev/null", "-c", "x"],
		"emulation in front": ["zsh", "--emulate", "sh", "-c", "x"],
		"long": ["fish", "--command", "x"],
		"long with value": ["fish", "--command=x"],
		"long of nu": ["nu", "--commands", "x"],
		"long at the end": ["fish", "--command"],
		"directly behind": ["fish", "-cx"],
		"at the end": ["sh", "-c"],
	}
	shell.deny == denied(line[0]) with input as started(line[0], array.slice(line, 1, count(line)))
}

test_denied_cmd[name] if {
	some name, args in {
		"plain": ["/c", "npx", "server"],
		"upper": ["/C", "npx"],
		"stays": ["/k", "npx"],
		"old": ["/r", "npx"],
		"switches": ["/d", "/s", "/c", "npx"],
		"switches with values": ["/e:on", "/t:0a", "/c", "npx"],
		"together": ["/d/s/c", "npx"],
		"command behind": ["/cnpx"],
		"msys": ["//c", "npx"],
	}
	shell.deny == denied("cmd") with input as started("cmd", args)
}

test_denied_powershell[name] if {
	some name, line in {
		"command": ["powershell", "-Command", "npx server"],
		"short": ["pwsh", "-c", "npx server"],
		"shortened": ["pwsh", "-Co", "npx server"],
		"shortened less": ["powershell", "-comm", "npx server"],
		"with arguments": ["pwsh", "-cwa", "npx server"],
		"encoded": ["powershell", "-EncodedCommand", "bgBwAHgA"],
		"encoded short": ["powershell", "-e", "bgBwAHgA"],
		"encoded shorter": ["powershell", "-ec", "bgBwAHgA"],
		"encoded shortened": ["powershell", "-enc", "bgBwAHgA"],
		"slash": ["powershell", "/c", "npx"],
		"two dashes": ["pwsh", "--command", "npx"],
		"en dash": ["powershell", "–c", "npx"],
		"em dash": ["powershell", "—c", "npx"],
		"bar": ["powershell", "―c", "npx"],
		"colon": ["powershell", "-Command:npx"],
		"at the end": ["powershell", "-Command"],
		"options in front": ["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-Command", "npx"],
		"preview": ["pwsh-preview", "-c", "npx"],
		"text alone": ["powershell", "npx server"],
		"text behind options": ["powershell", "-NoProfile", "-NonInteractive", "npx server"],
		"text behind mta": ["powershell", "-mta", "npx"],
		"text behind sta": ["powershell", "-sta", "npx"],
		"text behind l": ["pwsh", "-l", "npx"],
		"text behind login": ["pwsh", "-login", "npx"],
		"text behind i": ["pwsh", "-i", "npx"],
		"text behind interactive": ["pwsh", "-interactive", "npx"],
	}
	shell.deny == denied(line[0]) with input as started(line[0], array.slice(line, 1, count(line)))
}

test_hostile_names_of_shells[name] if {
	some name in [
		"/bin/sh", "/usr/local/bin/bash5", "bash-5.2", "BASH.EXE", `C:\Program Files\Git\bin\sh.exe`, "../../bin/sh",
		"bash-static", "zsh-5.9.exe", "sh.exe.", "/bin//sh",
	]
	shell.deny == denied(name) with input as started(name, ["-c", "x"])
}

test_hostile_a_link_with_another_name[field] if {
	some field in ["path", "resolved"]
	shell.deny == denied("tool") with input as lib.input_with({"server": {
		"kind": "process",
		"source": {"reference": "tool", "scheme": "command"},
		"command": {field: "/usr/bin/bash", "args": ["-c", "x"]},
	}})
}

test_hostile_shells_behind_other_programs[name] if {
	some name, line in {
		"env": ["env", "A=1", "sh", "-c", "x"],
		"env, one text": ["env", "-S", "sh -c 'x'"],
		"sudo": ["sudo", "-u", "other", "/bin/bash", "-c", "x"],
		"busybox": ["busybox", "sh", "-c", "x"],
		"xargs": ["xargs", "-I{}", "sh", "-c", "{}"],
		"npx": ["npx", "-y", "proxy", "--", "sh", "-c", "x"],
		"assigned": ["tool", "--run=sh -c x"],
		"quoted": ["tool", "'sh' -c x"],
		"quoted twice": ["tool", `s"h" -c x`],
		"container": ["docker", "run", "-i", "image", "sh", "-c", "x"],
		"entry point": ["docker", "run", "--entrypoint", "sh", "image", "-c", "x"],
		"entry point and more": ["docker", "run", "--entrypoint", "sh", "image", "-e", "-c", "x"],
		"entry point with =": ["docker", "run", "--entrypoint=/bin/bash", "image", "-lc", "x"],
		"cmd below": ["env", `C:\Windows\System32\cmd.exe`, "/c", "x"],
		"powershell below": ["cmd.exe", "start", "powershell.exe", "-c", "x"],
	}
	shell.deny == denied(line[0]) with input as started(line[0], array.slice(line, 1, count(line)))
}

test_hostile_the_parser_has_read_it if {
	shell.deny == denied("sh") with input as lib.input_with({"server": {
		"kind": "process",
		"source": {"reference": "sh", "scheme": "command"},
		"command": {"path": "/bin/sh", "resolved": "/usr/bin/dash", "args": ["-c", "npx -y server@1.2.3"]},
		"package": {"ecosystem": "npm", "name": "server", "version": "1.2.3", "pinned": true},
	}})
}

test_hostile_the_arguments_of_an_image if {
	shell.deny == denied("alpine:3") with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "alpine:3", "scheme": "image"},
		"command": {"args": ["/bin/sh", "-c", "x"]},
	}})
}

test_params_absent_is_denied_all_the_same if {
	shell.deny == denied("sh") with input as started("sh", ["-c", "x"]) with data.mcp.settings.params as {}
}

started(reference, args) := object.union(process, {"server": {
	"source": {"reference": reference},
	"command": {"args": args},
}})

# Made once: there are many lines.
process := lib.input_with({"server": {"kind": "process", "source": {"scheme": "command"}}})

denied(reference) := {{
	"msg": sprintf("%q starts a shell that runs the text of an argument", [reference]),
	"path": "/server/command/args",
}}

package mcp.policy.launchers.elevated_test

import data.mcp.lib
import data.mcp.policy.launchers.elevated

test_allowed_nothing if count(elevated.deny) == 0 with input as lib.input_with({})

test_allowed_programs_of_the_person[line] if {
	some line in [
		["npx", "-y", "sudo-prompt"],
		["npx", "server", "su"],
		["/opt/sudoku/server"],
		["sudoku"],
		["/opt/sudo/server"],
		["env", "A=sudo", "npx", "server"],
		["tool", "--with", "sudo"],
		["sh", "-c", "echo sudo"],
		["powershell", "-c", "Start-Process tool -Verb Open"],
	]
	count(elevated.deny) == 0 with input as started(line[0], array.slice(line, 1, count(line)))
}

test_allowed_remote if {
	count(elevated.deny) == 0 with input as lib.input_with({"server": {
		"kind": "remote",
		"source": {"reference": "sudo", "scheme": "url"},
	}})
}

test_denied_each_program[name] if {
	some name in [
		"beesu", "calife", "doas", "dzdo", "elevate", "gksu", "gksudo", "gsudo", "kdesu", "kdesudo", "ksu", "nsudo", "paexec",
		"paexec64", "pbrun", "pkexec", "please", "psexec", "psexec64", "run0", "runas", "runuser", "su", "sudo", "sudo-rs", "sux",
	]
	elevated.deny == denied(name) with input as started(name, ["npx", "-y", "server"])
	elevated.deny == denied("env") with input as started("env", [name, "npx"])
}

test_denied_phrases[name] if {
	some name, line in {
		"PowerShell": ["powershell", "-c", "Start-Process npx -Verb RunAs"],
		"PowerShell, quoted": ["powershell", "-c", `saps npx -Verb "runas"`],
		"PowerShell, colon": ["powershell", "-c", "saps npx -verb: runas"],
		"AppleScript": ["osascript", "-e", `do shell script "npx" with administrator privileges`],
		"AppleScript, spaced": ["osascript", "-e", `do shell script "npx" With  Administrator  Privileges`],
	}
	elevated.deny == denied(line[0]) with input as started(line[0], array.slice(line, 1, count(line)))
}

test_hostile_names[name] if {
	some name in ["/usr/bin/sudo", "SUDO", `C:\Windows\System32\runas.exe`, "../bin/su", "sudo.exe.", "PsExec64.exe"]
	elevated.deny == denied(name) with input as started(name, ["npx"])
}

test_hostile_a_link_with_another_name[field] if {
	some field in ["path", "resolved"]
	elevated.deny == denied("tool") with input as lib.input_with({"server": {
		"kind": "process",
		"source": {"reference": "tool", "scheme": "command"},
		"command": {field: "/usr/bin/sudo", "args": ["npx"]},
	}})
}

test_hostile_behind_other_programs[name] if {
	some name, line in {
		"env": ["env", "A=1", "sudo", "npx"],
		"env, one text": ["env", "-S", "sudo npx"],
		"an option with value": ["env", "-u", "HOME", "sudo", "npx"],
		"nice": ["nice", "-n", "10", "/usr/bin/sudo", "npx"],
		"timeout": ["timeout", "-k", "5s", "30m", "doas", "npx"],
		"two": ["nohup", "env", "sudo", "npx"],
		"shell": ["sh", "-c", "sudo npx"],
		"shell, second command": ["sh", "-c", "cd /srv && sudo npx"],
		"shell, behind ;": ["sh", "-c", "true;sudo npx"],
		"shell, in a group": ["sh", "-c", "(sudo npx)"],
		"shell, in the background": ["sh", "-c", "sudo npx&"],
		"shell, on a new line": ["sh", "-c", "true\nsudo npx"],
		"shell, substituted": ["sh", "-c", "npx `sudo cat /etc/x`"],
		"shell, quoted": ["sh", "-c", `"sudo" npx`],
		"shell, hidden": ["sh", "-c", `s\udo npx`],
		"shell, assignment": ["sh", "-c", "A=1 sudo npx"],
		"shell, ends": ["sh", "-c", "su"],
		"cmd": ["cmd", "/c", "runas", "/user:Administrator", "npx"],
		"cmd with switches": ["cmd.exe", "/d", "/s", "/c", "gsudo npx"],
		"start": ["cmd", "/c", "start", "runas.exe"],
	}
	elevated.deny == denied(line[0]) with input as started(line[0], array.slice(line, 1, count(line)))
}

test_params_absent_is_denied_all_the_same if {
	elevated.deny == denied("sudo") with input as started("sudo", ["npx"]) with data.mcp.settings.params as {}
}

started(reference, args) := object.union(process, {"server": {
	"source": {"reference": reference},
	"command": {"args": args},
}})

# Made once: there are many lines.
process := lib.input_with({"server": {"kind": "process", "source": {"scheme": "command"}}})

denied(reference) := {{
	"msg": sprintf("%q starts the server with the rights of another account", [reference]),
	"path": "/server/source/reference",
}}

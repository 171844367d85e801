package mcp.policy.commands.allowed_test

import data.mcp.policy.commands.allowed

params := {"commands.allowed": {"commands": [
	{"resolved": "/opt/acme/bin/tickets", "sha256": "c0ffee", "args": ["--read-only"]},
	{
		"resolved": "/opt/npm/npx-cli.js",
		"interpreter": "/opt/node/bin/node",
		"args": ["-y", "search@1.2.3"],
		"environment": ["API_KEY"],
	},
]}}

tickets := {
	"resolved": "/opt/acme/bin/tickets",
	"sha256": "c0ffee",
	"interpreter": {"path": ""},
	"args": ["--read-only"],
}

search := {
	"resolved": "/opt/npm/npx-cli.js",
	"sha256": "abcdef",
	"interpreter": {"path": "/opt/node/bin/node"},
	"args": ["-y", "search@1.2.3"],
}

denials(command, names) := violations if {
	server := {"command": command, "environment": [{"name": name} | some name in names]}
	violations := allowed.deny with input as {"server": server} with data.mcp.settings.params as params
}

test_listed_command_is_allowed if {
	count(denials(tickets, [])) == 0
	count(denials(search, ["API_KEY"])) == 0
}

test_other_file_is_denied if {
	some violation in denials(object.union(tickets, {"resolved": "/tmp/tickets"}), [])
	violation.msg == `/tmp/tickets with arguments ["--read-only"] and variables [] is not a listed server`
	violation.path == "/server/command"
}

test_other_content_is_denied if {
	count(denials(object.union(tickets, {"sha256": "bad"}), [])) == 1
}

test_other_interpreter_is_denied if {
	count(denials(object.union(search, {"interpreter": {"path": "/tmp/node"}}), ["API_KEY"])) == 1
	count(denials(object.union(tickets, {"interpreter": {"path": "/bin/sh"}}), [])) == 1
}

test_other_arguments_are_denied if {
	count(denials(object.union(search, {"args": ["-y", "search"]}), [])) == 1
	count(denials(object.union(tickets, {"args": []}), [])) == 1
}

test_variable_that_is_not_granted_is_denied if {
	count(denials(search, ["API_KEY", "NODE_OPTIONS"])) == 1
	count(denials(tickets, ["API_KEY"])) == 1
}

test_server_without_command_is_not_concerned if {
	count(denials({"resolved": "", "sha256": "", "interpreter": {"path": ""}, "args": []}, [])) == 0
}

package mcp.policy.secrets.clear_test

import data.mcp.lib
import data.mcp.policy.secrets.clear

test_allowed_nothing_replaced if count(clear.deny) == 0 with input as lib.input_with({})

test_allowed_references if {
	count(clear.deny) == 0 with input as lib.input_with({"server": {
		"environment": [{"name": "API_TOKEN", "source": "secret"}, {"name": "HOST_TOKEN", "source": "host"}],
		"secrets": [{"name": "api", "target": "API_TOKEN"}],
	}})
}

test_denied_each_place_with_its_reason[name] if {
	some name, c in {
		"environment": {
			"path": "/server/environment/1/value",
			"reason": "name",
			"msg": "environment variable API_TOKEN holds a secret in clear: its name says so",
		},
		"argument": {
			"path": "/server/command/args/1",
			"reason": "argument",
			"msg": "argument 2 of the command holds a secret in clear: the flag before it says so",
		},
		"header": {
			"path": "/config/header_forward/add_plaintext_headers/Authorization",
			"reason": "token",
			"msg": "header Authorization holds a secret in clear: it has the form of a known kind of token",
		},
		"url": {
			"path": "/server/source/reference",
			"reason": "url",
			"msg": "what is to run holds a secret in clear: it is part of a URL",
		},
		"registry": {
			"path": "/registry/url",
			"reason": "url",
			"msg": "the URL of the registry holds a secret in clear: it is part of a URL",
		},
		"API of a registry": {
			"path": "/registry/api_url",
			"reason": "entropy",
			"msg": "the URL of the registry's API holds a secret in clear: it is long and random",
		},
		"elsewhere": {
			"path": "/config/runtime_config/x",
			"reason": "entropy",
			"msg": "/config/runtime_config/x holds a secret in clear: it is long and random",
		},
		"a reason of a later version": {
			"path": "/server/name",
			"reason": "checksum",
			"msg": "/server/name holds a secret in clear: checksum",
		},
		"a variable that is not there": {
			"path": "/server/environment/9/value",
			"reason": "name",
			"msg": "/server/environment/9/value holds a secret in clear: its name says so",
		},
		"no reason": {
			"path": "/server/name",
			"reason": "",
			"msg": "/server/name holds a secret in clear: ",
		},
	}
	clear.deny == {{"msg": c.msg, "path": c.path}} with input as replaced([{"path": c.path, "reason": c.reason}])
}

test_denied_every_place if {
	count(clear.deny) == 3 with input as replaced([
		{"path": "/server/environment/0/value", "reason": "name"},
		{"path": "/server/environment/0/value", "reason": "token"},
		{"path": "/server/environment/1/value", "reason": "name"},
	])
}

test_denied_once_what_the_input_holds_twice[name] if {
	some name, paths in {
		"environment": ["/server/environment/1/value", "/config/env_vars/API_TOKEN"],
		"argument": ["/server/command/args/0", "/config/cmd_args/0"],
		"url": ["/server/source/reference", "/config/remote_url", "/server/remote/url"],
		"image": ["/server/source/reference", "/config/image"],
		"command": ["/server/source/reference", "/config/command"],
	}
	denied := {v.path | some v in clear.deny} with input as replaced([{"path": path, "reason": "token"} | some path in paths])
	denied == {paths[0]}
}

test_hostile_second_place_where_the_first_is_not[path] if {
	some path in [
		"/config/env_vars/API_TOKEN",
		"/config/env_vars/OTHER",
		"/config/cmd_args/0",
		"/config/remote_url",
		"/server/remote/url",
	]
	denied := {v.path | some v in clear.deny} with input as replaced([
		{"path": path, "reason": "token"},
		{"path": "/server/environment/0/value", "reason": "name"},
		{"path": "/server/command/args/1", "reason": "argument"},
	])
	denied == {path, "/server/environment/0/value", "/server/command/args/1"}
}

replaced(redactions) := lib.input_with({"server": {
	"environment": [
		{"name": "A", "source": "literal", "value": "<redacted>"},
		{"name": "API_TOKEN", "source": "literal", "value": "<redacted>", "redacted": true},
	],
	"command": {"args": ["--password", "<redacted>"]},
	"redactions": redactions,
}})

# Before the arguments that the person wrote stand those with which a launcher
# names its package.
test_denied_once_behind_a_launcher[scheme] if {
	some scheme, launcher in {"npx": ["-y", "p"], "uvx": ["--from", "p[x]", "p"], "go": ["run", "p@v1"], "command": []}
	args := array.concat(launcher, ["--token", "<redacted>"])
	at := sprintf("/server/command/args/%d", [count(args) - 1])
	clear.deny == {{"msg": "argument 2 of the command holds a secret in clear: the flag before it says so", "path": at}} with input as lib.input_with({
		"config": {"cmd_args": ["--token", "<redacted>"]},
		"server": {
			"source": {"scheme": scheme},
			"command": {"args": args},
			"redactions": [{"path": at, "reason": "argument"}, {"path": "/config/cmd_args/1", "reason": "argument"}],
		},
	})
}

test_denied_elsewhere_behind_a_launcher if {
	clear.deny == {
		{"msg": "argument 1 of the command holds a secret in clear: its name says so", "path": "/server/command/args/2"},
		{"msg": "/config/cmd_args/2 holds a secret in clear: its name says so", "path": "/config/cmd_args/2"},
	} with input as lib.input_with({
		"config": {"cmd_args": ["a", "b", "c"]},
		"server": {
			"source": {"scheme": "npx"},
			"command": {"args": ["-y", "p", "a", "b", "c"]},
			"redactions": [{"path": "/server/command/args/2", "reason": "name"}, {"path": "/config/cmd_args/2", "reason": "name"}],
		},
	})
}

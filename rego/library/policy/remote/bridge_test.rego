package mcp.policy.remote.bridge_test

import data.mcp.lib
import data.mcp.policy.remote.bridge

test_allowed_no_package if count(bridge.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params

test_allowed_other_package[name] if {
	some name, ecosystem in {
		"@acme/search": "npm",
		"mcp-remote": "pypi",
		"mcp-proxy": "npm",
		"https://github.com/acme/mcp-remote": "",
	}
	count(bridge.deny) == 0 with input as one(ecosystem, name) with data.mcp.settings.params as params
}

test_denied_bridge if {
	bridge.deny == {denied("/server/package", "mcp-remote")} with input as one("npm", "mcp-remote") with data.mcp.settings.params as params
	bridge.deny == {denied("/server/package", "mcp-proxy")} with input as one("pypi", "mcp-proxy") with data.mcp.settings.params as params
}

test_denied_further_package if {
	bridge.deny == {denied("/server/packages/1", "mcp-remote@0.1.16")} with input as lib.input_with({"server": {
		"package": {"ecosystem": "npm", "name": "a"},
		"packages": [{"ecosystem": "npm", "name": "b"}, {"ecosystem": "npm", "name": "mcp-remote", "version": "0.1.16", "pinned": true}],
	}})
		with data.mcp.settings.params as params
}

test_hostile_capitals if {
	bridge.deny == {denied("/server/package", "MCP-Remote")} with input as one("npm", "MCP-Remote") with data.mcp.settings.params as params
}

test_params_absent_denied if {
	bridge.deny == {denied("/server/package", "@acme/search")} with input as one("npm", "@acme/search") with data.mcp.settings.params as {}
}

params := {"remote.bridge": {"packages": [{"ecosystem": "npm", "name": "mcp-remote"}, {"ecosystem": "pypi", "name": "mcp-proxy"}]}}

one(ecosystem, name) := lib.input_with({"server": {"package": {"ecosystem": ecosystem, "name": name}}})

denied(path, label) := {
	"msg": sprintf("package %q passes on to a remote server that no policy has seen", [label]),
	"path": path,
}

package mcp.policy.packages.source_test

import data.mcp.lib
import data.mcp.policy.packages.source

test_allowed_no_package if count(source.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params

test_allowed_registry[ecosystem] if {
	some ecosystem in ["npm", "pypi", "go"]
	count(source.deny) == 0 with input as from(ecosystem, "acme") with data.mcp.settings.params as params
}

test_allowed_approved_source[name] if {
	some name in [
		"https://github.com/acme",
		"https://github.com/acme/search",
		"https://github.com/acme/search#subdirectory=server",
		"https://git.example/search",
		"https://git.example/search#subdirectory=server",
		"https://git.example/search?a=b",
		"/opt/mcp/search",
		"jsr:@acme/search",
	]
	count(source.deny) == 0 with input as from("", name) with data.mcp.settings.params as params
}

test_denied_other_source[name] if {
	some name in [
		"https://github.com/evil/search",
		"http://github.com/acme/search",
		"ssh://github.com/acme/search",
		"https://evil.example/server.py",
		"./search",
		"..",
		"/home/u/search",
		`C:\search`,
		"file:///opt/mcp/search",
		"jsr:@evil/search",
	]
	source.deny == {denied("/server/package", name)} with input as from("", name) with data.mcp.settings.params as params
}

test_denied_further_package if {
	source.deny == {denied("/server/packages/0", "https://github.com/evil/a")} with input as lib.input_with({"server": {
		"package": {"ecosystem": "pypi", "name": "acme"},
		"packages": [{"ecosystem": "", "name": "https://github.com/evil/a"}, {"ecosystem": "", "name": "/opt/mcp/a"}],
	}})
		with data.mcp.settings.params as params
}

test_hostile_sources_that_look_approved[name] if {
	some name in [
		"https://github.com/acme-evil/search",
		"https://github.com/acmeevil",
		"https://github.com.evil.example/acme/search",
		"https://git.example/searching",
		"https://git.example/search.evil",
		"https://evil.example/https://github.com/acme/search",
		"https://github.com/acme/../evil/search",
		"/opt/mcp/../../home/u/evil",
		`/opt/mcp/..\..\evil`,
		`/opt/mcp/x\..\..\evil`,
		"../shared/../evil",
		"../shared/search",
		"/opt/mcp/x/..",
		"/opt/mcp-evil/search",
		"/opt",
	]
	source.deny == {denied("/server/package", name)} with input as from("", name) with data.mcp.settings.params as params
}

test_allowed_two_dots_in_a_name if {
	count(source.deny) == 0 with input as from("", "/opt/mcp/a..b/..c/d..") with data.mcp.settings.params as params
}

test_params_absent_denied if {
	source.deny == {denied("/server/package", "/opt/mcp/search")} with input as from("", "/opt/mcp/search") with data.mcp.settings.params as {}
}

params := {"packages.source": {"sources": ["https://github.com/acme", "https://git.example/search", "/opt/mcp/", "../shared", "jsr:@acme"]}}

from(ecosystem, name) := lib.input_with({"server": {"package": {"ecosystem": ecosystem, "name": name}}})

denied(path, name) := {
	"msg": sprintf("package %q comes from a repository, a URL or a path, and not from a registry", [name]),
	"path": path,
}

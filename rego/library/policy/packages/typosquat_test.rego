package mcp.policy.packages.typosquat_test

import data.mcp.lib
import data.mcp.policy.packages.typosquat

test_allowed_no_package if count(typosquat.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params

test_allowed_known_names[name] if {
	some name, ecosystem in {
		"@modelcontextprotocol/server-filesystem": "npm",
		"mcp-remote": "npm",
		"mcp-server-git": "pypi",
		"mcp-server-time": "pypi",
		"abcde": "npm",
	}
	count(typosquat.deny) == 0 with input as one(ecosystem, name) with data.mcp.settings.params as params
}

test_allowed_other_names[name] if {
	some name in [
		"acme-search",
		"mcp-server-gitlab",
		"mcp-server-datetime",
		"@modelcontextprotocol/server-everything",
		"mcp-remote-proxy",
		"remote",
		"@acme/server-files",
		"abxye",
		"abcdexy",
		"xya",
		"xy",
		"deep-tool",
		"tool",
	]
	count(typosquat.deny) == 0 with input as one("npm", name) with data.mcp.settings.params as params
}

# The policy on sources has its say about these.
test_allowed_no_registry[name] if {
	some name in ["https://github.com/modelcontextprotoco1/servers", "./mcp-remote", "mcp-remote"]
	count(typosquat.deny) == 0 with input as one("", name) with data.mcp.settings.params as params
}

test_denied_near_names[name] if {
	some name, original in {
		"mcp-remot": "mcp-remote",
		"mcp-remotee": "mcp-remote",
		"mcp-romote": "mcp-remote",
		"mcp-remtoe": "mcp-remote",
		"mpc-remote": "mcp-remote",
		"mcpp-remotee": "mcp-remote",
		"mc-remot": "mcp-remote",
		"@modelcontextprotocol/server-filesytem": "@modelcontextprotocol/server-filesystem",
		"@modelcontextprotocl/server-filesystems": "@modelcontextprotocol/server-filesystem",
		"abcd": "abcde",
		"abdce": "abcde",
		"foura": "four",
		"fou": "four",
	}
	typosquat.deny == denied("npm", name, {[original, "npm"]}) with input as one("npm", name) with data.mcp.settings.params as params
}

test_denied_further_package if {
	typosquat.deny == {{"msg": `npm package "mcp-remotes" imitates mcp-remote of npm`, "path": "/server/packages/1"}} with input as lib.input_with({"server": {
		"package": {"ecosystem": "npm", "name": "acme"},
		"packages": [{"ecosystem": "npm", "name": "mcp-remote"}, {"ecosystem": "npm", "name": "mcp-remotes"}],
	}})
		with data.mcp.settings.params as params
}

# As far as the settings say, and one edit for each four characters.
test_denied_by_distance if {
	near := object.union(params, {"packages.typosquat": {"distance": 1}})
	none := object.union(params, {"packages.typosquat": {"distance": 0}})
	count(typosquat.deny) == 1 with input as one("npm", "mcp-remotexx") with data.mcp.settings.params as params
	count(typosquat.deny) == 0 with input as one("npm", "mcp-remotexx") with data.mcp.settings.params as near
	count(typosquat.deny) == 1 with input as one("npm", "mcp-remotex") with data.mcp.settings.params as near
	count(typosquat.deny) == 0 with input as one("npm", "mcp-remotex") with data.mcp.settings.params as none
	count(typosquat.deny) == 1 with input as one("npm", "mcp_remote") with data.mcp.settings.params as none
}

test_hostile_separators[name] if {
	some name in ["mcp_remote", "mcp.remote", "mcpremote", "mcp--remote", "MCP-Remote", "mcp-re-mote"]
	typosquat.deny == denied("npm", name, {["mcp-remote", "npm"]}) with input as one("npm", name) with data.mcp.settings.params as params
}

test_hostile_scopes[name] if {
	some name in [
		"modelcontextprotocol-server-filesystem",
		"modelcontextprotocol_server_filesystem",
		"@modelcontextprotocol-server/filesystem",
		"@modelcontextprotocolserver/filesystem",
		"@model-context-protocol/server-filesystem",
		"server-filesystem",
		"server_filesystem",
		"serverfilesystem",
		"Server-Filesystem",
	]
	typosquat.deny == denied("npm", name, {["@modelcontextprotocol/server-filesystem", "npm"]}) with input as one("npm", name)
		with data.mcp.settings.params as params
}

test_hostile_characters_that_look_alike[name] if {
	some name in ["mcp-rem0te", "rncp-remote", "rncp-rem0te"]
	typosquat.deny == denied("npm", name, {["mcp-remote", "npm"]}) with input as one("npm", name) with data.mcp.settings.params as params
}

test_hostile_other_registry if {
	typosquat.deny == denied("npm", "mcp-server-git", {["mcp-server-git", "pypi"]}) with input as one("npm", "mcp-server-git")
		with data.mcp.settings.params as params
	typosquat.deny == denied("pypi", "mcp-remote", {["mcp-remote", "npm"]}) with input as one("pypi", "mcp-remote")
		with data.mcp.settings.params as params
}

test_hostile_near_several if {
	typosquat.deny == denied("pypi", "mcp-server-tit", {["mcp-server-git", "pypi"], ["mcp-server-time", "pypi"]}) with input as one("pypi", "mcp-server-tit")
		with data.mcp.settings.params as params
}

test_hostile_letters_that_are_not_ascii[name] if {
	some name in ["mсp-remote", "acme seаrch", "acme\u200bsearch", ""]
	odd := {"msg": sprintf("the name of package %q has characters that look like others", [name]), "path": "/server/package"}
	odd in typosquat.deny with input as one("npm", name) with data.mcp.settings.params as params
}

test_hostile_letters_of_a_source if {
	typosquat.deny == {{
		"msg": `the name of package "https://github.com/аcme/search" has characters that look like others`,
		"path": "/server/package",
	}} with input as one("", "https://github.com/аcme/search")
		with data.mcp.settings.params as params
}

test_params_absent_denied if {
	typosquat.deny == {{
		"msg": `whether package "mcp-remote" imitates another cannot be said: the settings have no known packages`,
		"path": "/server/package",
	}} with input as one("npm", "mcp-remote")
		with data.mcp.settings.params as {}
}

test_allowed_no_package_without_params if count(typosquat.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as {}

params := {"packages.typosquat": {"distance": 2, "packages": [
	{"ecosystem": "npm", "name": "@modelcontextprotocol/server-filesystem"},
	{"ecosystem": "npm", "name": "mcp-remote"},
	{"ecosystem": "npm", "name": "abcde"},
	{"ecosystem": "npm", "name": "xyz"},
	{"ecosystem": "npm", "name": "four"},
	{"ecosystem": "go", "name": "example.com/deep/tool"},
	{"ecosystem": "pypi", "name": "mcp-server-git"},
	{"ecosystem": "pypi", "name": "mcp-server-time"},
]}}

one(ecosystem, name) := lib.input_with({"server": {"package": {"ecosystem": ecosystem, "name": name}}})

denied(ecosystem, name, originals) := {{
	"msg": sprintf("%s package %q imitates %s of %s", [ecosystem, name, original, of]),
	"path": "/server/package",
} |
	some [original, of] in originals
}

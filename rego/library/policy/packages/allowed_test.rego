package mcp.policy.packages.allowed_test

import data.mcp.lib
import data.mcp.policy.packages.allowed

test_allowed_no_package if count(allowed.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params

test_allowed_approved[name] if {
	some name, installed in {
		"any version": {"ecosystem": "npm", "name": "@acme/search", "version": "9.9.9", "pinned": true},
		"no version": {"ecosystem": "npm", "name": "@acme/search"},
		"that version": {"ecosystem": "pypi", "name": "search", "version": "1.0", "pinned": true},
		"a repository": {"ecosystem": "", "name": "https://github.com/acme/search"},
	}
	count(allowed.deny) == 0 with input as one(installed) with data.mcp.settings.params as params
}

test_denied_another[name] if {
	some name, installed in {
		"npm package \"other\"": {"ecosystem": "npm", "name": "other"},
		"pypi package \"search@2.0\"": {"ecosystem": "pypi", "name": "search", "version": "2.0", "pinned": true},
		"pypi package \"search\"": {"ecosystem": "pypi", "name": "search"},
		"go package \"example.com/x\"": {"ecosystem": "go", "name": "example.com/x"},
		"other package \"./search\"": {"ecosystem": "", "name": "./search"},
	}
	allowed.deny == {denied("/server/package", name)} with input as one(installed) with data.mcp.settings.params as params
}

test_denied_further_package if {
	allowed.deny == {denied("/server/packages/1", `npm package "evil"`)} with input as lib.input_with({"server": {
		"package": {"ecosystem": "npm", "name": "@acme/search"},
		"packages": [{"ecosystem": "npm", "name": "@acme/search"}, {"ecosystem": "npm", "name": "evil"}],
	}})
		with data.mcp.settings.params as params
}

test_hostile_names_that_look_approved[name] if {
	some name, installed in {
		"npm package \"@Acme/search\"": {"ecosystem": "npm", "name": "@Acme/search"},
		"npm package \"acme-search\"": {"ecosystem": "npm", "name": "acme-search"},
		"npm package \"@acme/search-evil\"": {"ecosystem": "npm", "name": "@acme/search-evil"},
		"pypi package \"@acme/search\"": {"ecosystem": "pypi", "name": "@acme/search"},
		"npm package \"search@1.0\"": {"ecosystem": "npm", "name": "search", "version": "1.0", "pinned": true},
		"pypi package \"search@1.0\"": {"ecosystem": "pypi", "name": "search", "version": "1.0", "pinned": false},
		"npm package \"\"": {"ecosystem": "npm", "name": ""},
	}
	allowed.deny == {denied("/server/package", name)} with input as one(installed) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	allowed.deny == {denied("/server/package", `npm package "@acme/search"`)} with input as one({"ecosystem": "npm", "name": "@acme/search"})
		with data.mcp.settings.params as {}
}

params := {"packages.allowed": {"packages": [
	{"ecosystem": "npm", "name": "@acme/search"},
	{"ecosystem": "pypi", "name": "search", "versions": ["1.0"]},
	{"ecosystem": "", "name": "https://github.com/acme/search"},
]}}

one(installed) := lib.input_with({"server": {"package": installed}})

denied(path, name) := {"msg": sprintf("%s is not approved", [name]), "path": path}

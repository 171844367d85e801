package mcp.policy.packages.pinned_test

import data.mcp.lib
import data.mcp.policy.packages.pinned

test_allowed_no_package if count(pinned.deny) == 0 with input as lib.input_with({})

test_allowed_exact_version[ecosystem] if {
	some ecosystem in ["npm", "pypi", "go", ""]
	count(pinned.deny) == 0 with input as lib.input_with({"server": {
		"package": {"ecosystem": ecosystem, "name": "a", "version": "1.0.0", "pinned": true},
		"packages": [{"ecosystem": ecosystem, "name": "b", "version": "2.0.0", "pinned": true}],
	}})
}

test_denied_no_version if {
	pinned.deny == {denied("/server/package", "@acme/search")} with input as one({"ecosystem": "npm", "name": "@acme/search"})
}

test_denied_further_package if {
	pinned.deny == {denied("/server/packages/1", "c")} with input as lib.input_with({"server": {
		"package": {"ecosystem": "pypi", "name": "a", "version": "1", "pinned": true},
		"packages": [{"ecosystem": "pypi", "name": "b", "version": "1", "pinned": true}, {"ecosystem": "pypi", "name": "c"}],
	}})
}

test_denied_source[name] if {
	some name in ["https://github.com/acme/search", "./search"]
	pinned.deny == {denied("/server/package", name)} with input as one({"ecosystem": "", "name": name})
}

test_denied_each_package if {
	pinned.deny == {denied("/server/package", "a"), denied("/server/packages/0", "b")} with input as lib.input_with({"server": {
		"package": {"ecosystem": "npm", "name": "a"},
		"packages": [{"ecosystem": "npm", "name": "b"}],
	}})
}

test_hostile_versions_that_are_not_exact[version] if {
	some version in ["latest", "^1.0.0", "1", "1.x", ">=1.0.0", "main"]
	pinned.deny == {denied("/server/package", sprintf("a@%s", [version]))} with input as one({"ecosystem": "npm", "name": "a", "version": version})
}

# The policy has no params.
test_params_absent_denied if {
	pinned.deny == {denied("/server/package", "a")} with input as one({"ecosystem": "npm", "name": "a"}) with data.mcp.settings.params as {}
}

one(installed) := lib.input_with({"server": {"package": installed}})

denied(path, label) := {"msg": sprintf("package %q is not pinned to one version", [label]), "path": path}

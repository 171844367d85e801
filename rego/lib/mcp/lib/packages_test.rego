package mcp.lib_test

import data.mcp.lib

test_packages_of_nothing if lib.packages(lib.input_with({}).server) == {}

test_packages if {
	installed := {"ecosystem": "npm", "name": "a", "version": "1.0.0", "pinned": true}
	other := {"ecosystem": "", "name": "./b", "version": "", "pinned": false}
	found := lib.packages(lib.input_with({"server": {"package": installed, "packages": [other, {}]}}).server)
	found == {
		"/server/package": installed,
		"/server/packages/0": other,
		"/server/packages/1": {"ecosystem": "", "name": "", "version": "", "pinned": false},
	}
}

test_packages_by_either_sign[name] if {
	some name, installed in {"a name": {"name": "./a"}, "an ecosystem": {"ecosystem": "npm"}}
	found := lib.packages(lib.input_with({"server": {"package": installed}}).server)
	object.keys(found) == {"/server/package"}
}

test_package_label if {
	lib.package_label({"name": "a", "version": ""}) == "a"
	lib.package_label({"name": "@a/b", "version": "1.0.0"}) == "@a/b@1.0.0"
}

pinned(ecosystem, name, version) := {"ecosystem": ecosystem, "name": name, "version": version, "pinned": true}

known_packages := [
	{"ecosystem": "npm", "name": "@acme/a"},
	{"ecosystem": "npm", "name": "b", "versions": ["1.0.0", "latest"]},
	{"ecosystem": "npm", "name": "c", "versions": []},
	{"ecosystem": "pypi", "name": "d"},
]

test_package_in[name] if {
	some name, installed in {
		"any version": pinned("npm", "@acme/a", "3.0.0"),
		"no version": {"ecosystem": "npm", "name": "@acme/a", "version": "", "pinned": false},
		"that version": pinned("npm", "b", "1.0.0"),
		"another ecosystem": pinned("pypi", "d", "1"),
	}
	lib.package_in(installed, known_packages) == true
}

test_package_not_in[name] if {
	some name, installed in {
		"another name": pinned("npm", "@acme/b", "3.0.0"),
		"another case": pinned("npm", "@Acme/a", "3.0.0"),
		"another ecosystem": pinned("pypi", "@acme/a", "3.0.0"),
		"no ecosystem": pinned("", "@acme/a", "3.0.0"),
		"the name of another": pinned("npm", "d", "1"),
		"another version": pinned("npm", "b", "1.0.1"),
		"a tag of that name": {"ecosystem": "npm", "name": "b", "version": "latest", "pinned": false},
		"a version that is not pinned": {"ecosystem": "npm", "name": "b", "version": "1.0.0", "pinned": false},
		"no version at all": pinned("npm", "c", "1.0.0"),
		"nothing": {"ecosystem": "", "name": "", "version": "", "pinned": false},
	}
	lib.package_in(installed, known_packages) == false
}

test_package_in_no_list if lib.package_in(pinned("npm", "a", "1.0.0"), []) == false

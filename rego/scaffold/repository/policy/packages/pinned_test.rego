package mcp.policy.packages.pinned_test

import data.mcp.lib
import data.mcp.policy.packages.pinned

test_exact_version_is_allowed if {
	count(pinned.deny) == 0 with input as lib.input_with({"server": {"package": exact}})
}

test_no_exact_version_is_denied[version] if {
	some version in ["", "latest", "^1.2.0"]
	pinned.deny == {{
		"msg": `package "search" has no exact version`,
		"path": "/server/package/version",
	}} with input as lib.input_with({"server": {"package": loose(version)}})
}

test_further_packages_count_too if {
	server := {"package": exact, "packages": [exact, loose("latest")]}
	{violation.path | some violation in pinned.deny} == {"/server/packages/1/version"} with input as lib.input_with({"server": server})
}

test_server_without_package_is_not_concerned if {
	count(pinned.deny) == 0 with input as lib.input_with({"server": {"kind": "container"}})
}

exact := {"ecosystem": "npm", "name": "search", "version": "1.2.3", "pinned": true}

loose(version) := object.union(exact, {"version": version, "pinned": false})

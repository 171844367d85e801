package mcp.policy.packages.allowed_test

import data.mcp.lib
import data.mcp.policy.packages.allowed

params := {"packages.allowed": {"packages": [{"ecosystem": "npm", "name": "@acme/search"}]}}

line(package_) := lib.input_with({"server": {"package": package_}})

test_on_the_list if {
	count(allowed.deny) == 0 with input as line({"ecosystem": "npm", "name": "@acme/search"})
		with data.mcp.settings.params as params
}

test_same_name_elsewhere_is_denied if {
	count(allowed.deny) == 1 with input as line({"ecosystem": "pypi", "name": "@acme/search"})
		with data.mcp.settings.params as params
}

test_package_beside_it_counts if {
	count(allowed.deny) == 1 with input as lib.input_with({"server": {"packages": [{"ecosystem": "npm", "name": "x"}]}})
		with data.mcp.settings.params as params
}

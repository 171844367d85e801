package mcp.policy.packages.source_test

import data.mcp.lib
import data.mcp.policy.packages.source

line(package_) := lib.input_with({"server": {"package": package_}})

test_git_is_denied if {
	count(source.deny) == 1 with input as line({"name": "git+https://github.com/acme/search"})
}

test_registry_is_allowed if {
	count(source.deny) == 0 with input as line({"ecosystem": "pypi", "name": "acme-search"})
}

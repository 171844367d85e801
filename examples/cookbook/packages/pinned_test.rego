package mcp.policy.packages.pinned_test

import data.mcp.lib
import data.mcp.policy.packages.pinned

test_range_is_denied if {
	count(pinned.deny) == 1 with input as lib.input_with({"server": {"package": {"name": "left-pad", "version": "^1"}}})
}

test_exact_version_is_allowed if {
	count(pinned.deny) == 0 with input as lib.input_with({"server": {"package": {"name": "left-pad", "pinned": true}}})
}

test_package_beside_it_counts if {
	count(pinned.deny) == 1 with input as lib.input_with({"server": {
		"package": {"name": "a", "pinned": true},
		"packages": [{"name": "b", "pinned": true}, {"name": "c"}],
	}})
}

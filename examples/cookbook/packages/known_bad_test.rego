package mcp.policy.packages.known_bad_test

import data.mcp.lib
import data.mcp.policy.packages.known_bad

remote(version) := lib.input_with({"server": {"package": {
	"ecosystem": "npm",
	"name": "mcp-remote",
	"version": version,
	"pinned": semver.is_valid(version),
}}})

test_known_bad[version] if {
	some version in ["0.0.5", "0.1.0", "0.1.15", "", "latest"]
	count(known_bad.deny) == 1 with input as remote(version)
}

test_good[version] if {
	some version in ["0.0.4", "0.1.16", "1.0.0"]
	count(known_bad.deny) == 0 with input as remote(version)
}

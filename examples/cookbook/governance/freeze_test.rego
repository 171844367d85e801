package mcp.policy.governance.freeze_test

import data.mcp.lib
import data.mcp.policy.governance.freeze

params := {"governance.freeze": {"freezes": [{"from": "2026-12-20", "until": "2027-01-04"}]}}

at(moment) := lib.input_with({"context": {"time": moment}})

test_frozen[moment] if {
	some moment in ["2026-12-20T00:00:00.000Z", "2026-12-31T23:59:59.999Z"]
	count(freeze.deny) == 1 with input as at(moment) with data.mcp.settings.params as params
}

test_not_frozen[moment] if {
	some moment in ["2026-12-19T23:59:59.999Z", "2027-01-04T00:00:00.000Z"]
	count(freeze.deny) == 0 with input as at(moment) with data.mcp.settings.params as params
}

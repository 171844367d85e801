package mcp.policy.auth.production_test

import data.mcp.lib
import data.mcp.policy.auth.production

server(environment, auth) := lib.input_with({"server": {"auth": auth}, "context": {"environment": environment}})

test_production_asks_for_all_three if {
	count(production.deny) == 3 with input as server("prod", {})
}

test_production_with_all_three if {
	count(production.deny) == 0 with input as server("prod", {"authz": true, "audit": true, "tools": ["search"]})
}

test_elsewhere if {
	count(production.deny) == 0 with input as server("dev", {})
}

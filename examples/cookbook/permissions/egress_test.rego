package mcp.policy.permissions.egress_test

import data.mcp.lib
import data.mcp.policy.permissions.egress

params := {"permissions.egress": {"hosts": ["api.example.com"]}}

network(fields) := lib.input_with({"server": {"kind": "container", "permissions": {"network": fields}}})

test_listed_host if {
	count(egress.deny) == 0 with input as network({"isolated": true, "outbound": {"hosts": ["api.example.com"]}})
		with data.mcp.settings.params as params
}

test_other_host if {
	count(egress.deny) == 1 with input as network({"isolated": true, "outbound": {"hosts": ["evil.example"]}})
		with data.mcp.settings.params as params
}

test_everything_open if {
	count(egress.deny) == 2 with input as network({"outbound": {"allow_all": true}})
		with data.mcp.settings.params as params
}

test_no_network if {
	count(egress.deny) == 0 with input as network({"mode": "none"}) with data.mcp.settings.params as params
}

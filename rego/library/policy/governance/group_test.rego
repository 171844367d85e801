package mcp.policy.governance.group_test

import data.mcp.lib
import data.mcp.policy.governance.group

test_allowed_known[name] if {
	some name in ["", "payments"]
	count(group.deny) == 0 with input as grouped(name) with data.mcp.settings.params as params
}

test_allowed_other_operations[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(group.deny) == 0 with input as lib.input_with({"operation": operation, "server": {"group": "x"}}) with data.mcp.settings.params as params
}

test_denied_others[name] if {
	some name in ["default", "payment", "payments-2"]
	group.deny == denied(name) with input as grouped(name) with data.mcp.settings.params as params
}

test_denied_none_where_one_is_demanded if {
	group.deny == denied("") with input as grouped("") with data.mcp.settings.params as {"governance.group": {"groups": ["payments"]}}
}

test_hostile_names[name] if {
	some name in ["Payments", "payments ", " ", "pаyments", "payments\n", "payments,search"]
	group.deny == denied(name) with input as grouped(name) with data.mcp.settings.params as params
}

test_params_absent_denied[name] if {
	some name in ["", "payments"]
	group.deny == denied(name) with input as grouped(name) with data.mcp.settings.params as {}
}

params := {"governance.group": {"groups": ["", "payments"]}}

grouped(name) := lib.input_with({"server": {"group": name}})

denied(name) := {{"msg": sprintf("group %q is none of the known groups", [name]), "path": "/server/group"}}

package mcp.policy.governance.labels_test

import data.mcp.lib
import data.mcp.policy.governance.labels

test_allowed_whole if {
	count(labels.deny) == 0 with input as labelled({"owner": "payments", "class": "internal", "x": ""}) with data.mcp.settings.params as params
	count(labels.deny) == 0 with input as labelled({"owner": "search", "class": "public"}) with data.mcp.settings.params as params
}

test_allowed_nothing_required if {
	count(labels.deny) == 0 with input as labelled({}) with data.mcp.settings.params as {"governance.labels": {"required": []}}
}

test_allowed_other_operations[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(labels.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as params
	count(labels.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as {}
}

test_denied_each_missing if {
	labels.deny == missing("owner") | missing("class") with input as labelled({"x": "y"}) with data.mcp.settings.params as params
	labels.deny == missing("class") with input as labelled({"owner": "payments"}) with data.mcp.settings.params as params
}

test_denied_other_value if {
	labels.deny == other("class", 0) with input as labelled({"class": "secret", "owner": "payments"}) with data.mcp.settings.params as params
	labels.deny == other("class", 1) with input as labelled({"a": "public", "class": "secret", "owner": "payments"})
		with data.mcp.settings.params as params
}

test_denied_other_than_the_only_value if {
	labels.deny == {{"msg": `label "tier" has a value that is none of gold`, "path": "/server/labels/0/value"}} with input as labelled({"tier": "silver"})
		with data.mcp.settings.params as {"governance.labels": {"required": [{"name": "tier", "values": ["gold"]}]}}
}

test_hostile_names[name] if {
	some name in ["Owner", "owner ", "owner_", "x/owner"]
	labels.deny == missing("owner") with input as labelled({name: "payments", "class": "public"}) with data.mcp.settings.params as params
}

test_hostile_values[value] if {
	some value in [" ", "", "\t"]
	labels.deny == missing("owner") with input as labelled({"owner": value, "class": "public"}) with data.mcp.settings.params as params
}

test_hostile_classes[value] if {
	some value in ["Public", "public ", "public,internal"]
	labels.deny == other("class", 0) with input as labelled({"class": value, "owner": "payments"}) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	labels.deny == {{
		"msg": "required in params of governance.labels says which labels a server must have, and is not there",
		"path": "/server/labels",
	}} with input as labelled({"owner": "payments"}) with data.mcp.settings.params as {}
}

params := {"governance.labels": {"required": [
	{"name": "owner", "values": []},
	{"name": "class", "values": ["public", "internal"]},
]}}

# The gate sorts labels by name.
labelled(given) := lib.input_with({"server": {"labels": [{"name": name, "value": given[name]} | some name in sort(object.keys(given))]}})

missing(name) := {{"msg": sprintf("the server has no label %q, or an empty one", [name]), "path": "/server/labels"}}

other(name, i) := {{
	"msg": sprintf("label %q has a value that is none of public, internal", [name]),
	"path": sprintf("/server/labels/%d/value", [i]),
}}

package mcp.policy.governance.labels_test

import data.mcp.lib
import data.mcp.policy.governance.labels

params := {"governance.labels": {"required": ["owner"]}}

server(list) := lib.input_with({"server": {"labels": list}})

test_labelled if {
	count(labels.deny) == 0 with input as server([{"name": "owner", "value": "search-team"}])
		with data.mcp.settings.params as params
}

test_missing_or_empty[i] if {
	some i, list in [[], [{"name": "owner", "value": ""}], [{"name": "Owner", "value": "x"}]]
	count(labels.deny) == 1 with input as server(list) with data.mcp.settings.params as params
}

# A registry is no server.
test_registry if {
	count(labels.deny) == 0 with input as lib.input_with({"operation": "delete_registry"})
		with data.mcp.settings.params as params
}

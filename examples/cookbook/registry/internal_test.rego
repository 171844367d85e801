package mcp.policy.registry.internal_test

import data.mcp.lib
import data.mcp.policy.registry.internal

params := {"registry.internal": {"hosts": ["registry.corp.example"]}}

update(registry) := lib.input_with({"operation": "update_registry", "registry": registry})

test_ours if {
	count(internal.deny) == 0 with input as update({"scheme": "https", "host": "registry.corp.example"})
		with data.mcp.settings.params as params
}

test_elsewhere[name] if {
	some name, registry in {
		"another host": {"scheme": "https", "host": "registry.corp.example.evil.example"},
		"in clear": {"scheme": "http", "host": "registry.corp.example"},
		"a file": {"local_path": "/tmp/registry.json", "resolved": "/tmp/registry.json"},
		"the built-in one": {},
	}
	count(internal.deny) == 1 with input as update(registry) with data.mcp.settings.params as params
}

test_deletion if {
	count(internal.deny) == 1 with input as lib.input_with({"operation": "delete_registry", "registry": {"name": "default"}})
		with data.mcp.settings.params as params
}

test_servers_are_not_concerned if {
	count(internal.deny) == 0 with input as lib.input_with({"server": {"kind": "process"}}) with data.mcp.settings.params as params
}

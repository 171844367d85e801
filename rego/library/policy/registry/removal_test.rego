package mcp.policy.registry.removal_test

import data.mcp.lib
import data.mcp.policy.registry.removal

test_allowed_another_registry[field] if {
	some field in ["url", "api_url", "local_path"]
	count(removal.deny) == 0 with input as lib.input_with({"operation": "update_registry", "registry": {field: "x"}})
		with data.mcp.settings.params as params(false)
}

test_allowed_a_server if {
	count(removal.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params(false)
}

test_allowed_where_the_settings_say_so[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(removal.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as params(true)
}

test_denied_deletion if {
	removal.deny == deletion with input as lib.input_with({"operation": "delete_registry", "registry": {"name": "default"}})
		with data.mcp.settings.params as params(false)
}

test_denied_update_to_none if {
	removal.deny == {{
		"msg": "update_registry names no registry, which deletes the MCP registry that is configured",
		"path": "/registry",
	}} with input as lib.input_with({"operation": "update_registry", "registry": {"name": "default", "allow_private_ip": true, "has_auth": true}})
		with data.mcp.settings.params as params(false)
}

test_hostile_deletion_that_names_a_registry[field] if {
	some field in ["name", "url", "api_url", "local_path"]
	removal.deny == deletion with input as lib.input_with({"operation": "delete_registry", "registry": {field: "x"}})
		with data.mcp.settings.params as params(false)
}

test_hostile_params[allowed] if {
	some allowed in ["true", 1, [], null]
	removal.deny == deletion with input as lib.input_with({"operation": "delete_registry"})
		with data.mcp.settings.params as params(allowed)
}

test_params_absent_denied if {
	removal.deny == deletion with input as lib.input_with({"operation": "delete_registry"}) with data.mcp.settings.params as {}
}

params(allowed) := {"registry.removal": {"allowed": allowed}}

deletion := {{"msg": "delete_registry deletes the MCP registry that is configured", "path": "/operation"}}

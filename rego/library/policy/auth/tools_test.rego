package mcp.policy.auth.tools_test

import data.mcp.lib
import data.mcp.policy.auth.tools

test_allowed_configured if {
	count(tools.deny) == 0 with input as server("prod", {"tools": ["read", "search.all", "a_b-C/d", "1", "A"]}) with data.mcp.settings.params as params
}

test_allowed_exempt_environment[label] if {
	some label in ["dev", "test"]
	count(tools.deny) == 0 with input as server(label, {}) with data.mcp.settings.params as params
	count(tools.deny) == 0 with input as server(label, {"tools": ["*"]}) with data.mcp.settings.params as params
}

test_allowed_other_operations[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(tools.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as params
}

test_denied_other_environment[label] if {
	some label in ["prod", "staging"]
	tools.deny == denied(label) with input as server(label, {}) with data.mcp.settings.params as params
}

test_denied_other_protections if {
	tools.deny == denied("prod") with input as server("prod", {"oidc": true, "authz": true, "audit": true})
		with data.mcp.settings.params as params
}

# An operator who forgot the label gets what is strictest, whatever the list says.
test_hostile_labels[label] if {
	some label in ["", " ", "Dev", "DEV", "dev ", "devel", "dev,prod"]
	given := {"auth.tools": {"exempt": ["", "dev", "test"]}}
	tools.deny == denied(label) with input as server(label, {}) with data.mcp.settings.params as given
}

test_hostile_filters[tool] if {
	some tool in ["", " ", "*", "read*", "*read", "rea?", "?", ".", "_", "\n"]
	tools.deny == named(tool) with input as server("prod", {"tools": ["echo", tool]}) with data.mcp.settings.params as params
}

test_params_absent_denied[label] if {
	some label in ["", "dev", "prod"]
	tools.deny == denied(label) with input as server(label, {}) with data.mcp.settings.params as {}
	tools.deny == named("*") with input as server(label, {"tools": ["echo", "*"]}) with data.mcp.settings.params as {}
}

params := {"auth.tools": {"exempt": ["dev", "test"]}}

server(label, auth) := lib.input_with({
	"server": {"kind": "process", "auth": auth},
	"context": {"environment": label},
})

denied(label) := {{
	"msg": sprintf("clients would see every tool of the server, which environment %q does not permit", [label]),
	"path": "/server/auth/tools",
}}

named(tool) := {{
	"msg": sprintf("%q in the tool filter is not the name of a tool", [tool]),
	"path": "/server/auth/tools/1",
}}

package mcp.policy.auth.audit_test

import data.mcp.lib
import data.mcp.policy.auth.audit

test_allowed_configured if {
	count(audit.deny) == 0 with input as server("prod", {"audit": true}) with data.mcp.settings.params as params
}

test_allowed_exempt_environment[label] if {
	some label in ["dev", "test"]
	count(audit.deny) == 0 with input as server(label, {}) with data.mcp.settings.params as params
}

test_allowed_other_operations[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(audit.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as params
}

test_denied_other_environment[label] if {
	some label in ["prod", "staging"]
	audit.deny == denied(label) with input as server(label, {}) with data.mcp.settings.params as params
}

test_denied_other_protections if {
	audit.deny == denied("prod") with input as server("prod", {"oidc": true, "authz": true, "tools": ["echo"]})
		with data.mcp.settings.params as params
}

# An operator who forgot the label gets what is strictest, whatever the list says.
test_hostile_labels[label] if {
	some label in ["", " ", "Dev", "DEV", "dev ", "devel", "dev,prod"]
	given := {"auth.audit": {"exempt": ["", "dev", "test"]}}
	audit.deny == denied(label) with input as server(label, {}) with data.mcp.settings.params as given
}

test_params_absent_denied[label] if {
	some label in ["", "dev", "prod"]
	audit.deny == denied(label) with input as server(label, {}) with data.mcp.settings.params as {}
}

params := {"auth.audit": {"exempt": ["dev", "test"]}}

server(label, auth) := lib.input_with({
	"server": {"kind": "process", "auth": auth},
	"context": {"environment": label},
})

denied(label) := {{
	"msg": sprintf("calls of the server would not be recorded, which environment %q demands", [label]),
	"path": "/server/auth/audit",
}}

package mcp.policy.auth.authz_test

import data.mcp.lib
import data.mcp.policy.auth.authz

test_allowed_no_endpoint if {
	count(authz.deny) == 0 with input as server("prod", {"loopback": true}, {}) with data.mcp.settings.params as params
}

test_allowed_configured if {
	count(authz.deny) == 0 with input as server("prod", endpoint, {"authz": true}) with data.mcp.settings.params as params
}

test_allowed_exempt_environment[label] if {
	some label in ["dev", "test"]
	count(authz.deny) == 0 with input as server(label, endpoint, {}) with data.mcp.settings.params as params
}

test_denied_other_environment[label] if {
	some label in ["prod", "staging"]
	authz.deny == denied(label) with input as server(label, endpoint, {}) with data.mcp.settings.params as params
}

test_denied_on_this_machine_too if {
	authz.deny == denied("prod") with input as server("prod", {"host": "127.0.0.1", "loopback": true}, {}) with data.mcp.settings.params as params
	authz.deny == denied("prod") with input as server("prod", {"port": 8080, "loopback": true}, {}) with data.mcp.settings.params as params
}

test_denied_other_protections if {
	authz.deny == denied("prod") with input as server("prod", endpoint, {"oidc": true, "audit": true, "tools": ["echo"]})
		with data.mcp.settings.params as params
}

# An operator who forgot the label gets what is strictest, whatever the list says.
test_hostile_labels[label] if {
	some label in ["", " ", "Dev", "DEV", "dev ", "devel", "dev,prod"]
	given := {"auth.authz": {"exempt": ["", "dev", "test"]}}
	authz.deny == denied(label) with input as server(label, endpoint, {}) with data.mcp.settings.params as given
}

test_params_absent_denied[label] if {
	some label in ["", "dev", "prod"]
	authz.deny == denied(label) with input as server(label, endpoint, {}) with data.mcp.settings.params as {}
}

params := {"auth.authz": {"exempt": ["dev", "test"]}}

endpoint := {"host": "0.0.0.0", "port": 8080}

server(label, listening, auth) := lib.input_with({
	"server": {"endpoint": listening, "auth": auth},
	"context": {"environment": label},
})

denied(label) := {{
	"msg": sprintf("the runner would listen without authorization, which environment %q demands", [label]),
	"path": "/server/auth/authz",
}}

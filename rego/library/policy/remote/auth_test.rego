package mcp.policy.remote.auth_test

import data.mcp.lib
import data.mcp.policy.remote.auth

test_allowed_with_credentials if {
	count(auth.deny) == 0 with input as remote("mcp.example", true) with data.mcp.settings.params as params
}

test_allowed_public_on_purpose[host] if {
	some host in ["docs.example", "a.open.example"]
	count(auth.deny) == 0 with input as remote(host, false) with data.mcp.settings.params as params
}

test_allowed_no_remote[kind] if {
	some kind in ["process", "container", ""]
	count(auth.deny) == 0 with input as lib.input_with({"server": {"kind": kind}}) with data.mcp.settings.params as params
}

test_denied_without_credentials if {
	auth.deny == denied("mcp.example") with input as remote("mcp.example", false) with data.mcp.settings.params as params
}

test_denied_by_either_sign_of_a_remote_server if {
	count(auth.deny) == 1 with input as lib.input_with({"server": {"kind": "remote"}}) with data.mcp.settings.params as params
	count(auth.deny) == 1 with input as lib.input_with({"server": {"remote": {"url": "https://mcp.example/"}}}) with data.mcp.settings.params as params
}

# Who calls the runner is another question than how the runner calls the server.
test_hostile_authentication_of_the_callers if {
	auth.deny == denied("mcp.example") with input as lib.input_with({"server": {
		"kind": "remote",
		"remote": {"host": "mcp.example", "url": "https://mcp.example/"},
		"auth": {"oidc": true, "authz": true},
		"secrets": [{"name": "a", "target": "TOKEN"}],
	}})
		with data.mcp.settings.params as params
}

test_hostile_hosts_that_look_public[host] if {
	some host in ["docs.example.evil.example", "evil-docs.example", "open.example", "a.docs.example"]
	auth.deny == denied(host) with input as remote(host, false) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	auth.deny == denied("docs.example") with input as remote("docs.example", false) with data.mcp.settings.params as {}
}

params := {"remote.auth": {"anonymous": ["docs.example", "*.open.example"]}}

remote(host, authenticated) := lib.input_with({"server": {"kind": "remote", "remote": {
	"host": host,
	"url": sprintf("https://%s/", [host]),
	"authenticated": authenticated,
}}})

denied(host) := {{
	"msg": sprintf("remote server %q is called without authentication", [sprintf("https://%s/", [host])]),
	"path": "/server/remote/authenticated",
}}

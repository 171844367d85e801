package mcp.policy.exposure.unauthenticated_test

import data.mcp.lib
import data.mcp.policy.exposure.unauthenticated

test_allowed_no_endpoint if count(unauthenticated.deny) == 0 with input as lib.input_with({})

test_allowed_loopback[host] if {
	some host in ["127.0.0.1", "localhost", "::1", ""]
	count(unauthenticated.deny) == 0 with input as listening({"host": host, "port": 8080, "loopback": true}, {})
}

test_allowed_authentication_or_authorization[name] if {
	some name, auth in {
		"oidc": {"oidc": true},
		"authz": {"authz": true},
		"both": {"oidc": true, "authz": true},
	}
	count(unauthenticated.deny) == 0 with input as listening({"host": "0.0.0.0", "port": 8080}, auth)
}

test_denied_other_protections if {
	unauthenticated.deny == denied("0.0.0.0") with input as listening(
		{"host": "0.0.0.0", "port": 8080, "allowed_origins": ["https://a.example"], "trust_proxy_headers": true},
		{"audit": true, "tools": ["echo"]},
	)
}

test_denied_beyond_loopback[host] if {
	some host in ["0.0.0.0", "::", "192.168.1.5", "mcp.example", "127.0.0.1.example"]
	unauthenticated.deny == denied(host) with input as listening({"host": host, "port": 8080}, {})
}

test_hostile_port_that_the_system_picks if {
	unauthenticated.deny == denied("0.0.0.0") with input as listening({"host": "0.0.0.0"}, {})
}

# The gate says what loopback is. A host that it does not call so is not, even
# where it is empty, which for a listener means every address.
test_hostile_host_that_only_looks_like_loopback[host] if {
	some host in ["", "127.0.0.1"]
	unauthenticated.deny == denied(host) with input as listening({"host": host, "port": 8080, "loopback": false}, {})
}

listening(endpoint, auth) := lib.input_with({"server": {"endpoint": endpoint, "auth": auth}})

denied(host) := {{
	"msg": sprintf("the runner would listen on %q, beyond this machine, without authentication", [host]),
	"path": "/server/endpoint/host",
}}

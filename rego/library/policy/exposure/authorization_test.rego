package mcp.policy.exposure.authorization_test

import data.mcp.lib
import data.mcp.policy.exposure.authorization

test_allowed_no_endpoint if count(authorization.deny) == 0 with input as lib.input_with({})

test_allowed_loopback[host] if {
	some host in ["127.0.0.1", "localhost", "::1", ""]
	count(authorization.deny) == 0 with input as listening({"host": host, "port": 8080, "loopback": true}, {})
}

test_allowed_authorization if {
	count(authorization.deny) == 0 with input as listening({"host": "0.0.0.0", "port": 8080}, {"authz": true})
}

test_denied_beyond_loopback[host] if {
	some host in ["0.0.0.0", "::", "192.168.1.5", "mcp.example"]
	authorization.deny == denied(host) with input as listening({"host": host, "port": 8080}, {})
}

test_denied_other_protections if {
	authorization.deny == denied("0.0.0.0") with input as listening(
		{"host": "0.0.0.0", "port": 8080, "allowed_origins": ["https://a.example"]},
		{"oidc": true, "audit": true, "tools": ["echo"]},
	)
}

test_hostile_port_that_the_system_picks if {
	authorization.deny == denied("0.0.0.0") with input as listening({"host": "0.0.0.0"}, {})
}

test_hostile_host_that_only_looks_like_loopback[host] if {
	some host in ["", "127.0.0.1", "127.0.0.1.example"]
	authorization.deny == denied(host) with input as listening({"host": host, "port": 8080}, {})
}

listening(endpoint, auth) := lib.input_with({"server": {"endpoint": endpoint, "auth": auth}})

denied(host) := {{
	"msg": sprintf("the runner would listen on %q, beyond this machine, without authorization", [host]),
	"path": "/server/auth/authz",
}}

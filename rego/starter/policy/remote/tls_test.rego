package mcp.policy.remote.tls_test

import data.mcp.lib
import data.mcp.policy.remote.tls

test_no_remote_is_allowed if count(tls.deny) == 0 with input as lib.input_with({"server": {"kind": "process"}})

test_tls_is_allowed if {
	count(tls.deny) == 0 with input as remote("https", "mcp.example")
}

test_this_machine_is_allowed[host] if {
	some host in ["localhost", "127.0.0.1", "::1"]
	count(tls.deny) == 0 with input as remote("http", host)
}

test_clear_is_denied[host] if {
	some host in [
		"mcp.example",
		"192.168.1.5",
		"0.0.0.0",
		"localhost.example",
		"127.0.0.1.example",
		"127.1",
		"",
	]
	tls.deny == denied("http", host) with input as remote("http", host)
}

test_other_schemes_are_denied[scheme] if {
	some scheme in ["ws", "ftp", "HTTPS", ""]
	tls.deny == denied(scheme, "mcp.example") with input as remote(scheme, "mcp.example")
}

test_either_sign_of_a_remote_server_is_enough if {
	count(tls.deny) == 1 with input as lib.input_with({"server": {"kind": "remote"}})
	count(tls.deny) == 1 with input as lib.input_with({"server": {"remote": {"url": "http://mcp.example/mcp"}}})
}

remote(scheme, host) := lib.input_with({"server": {
	"kind": "remote",
	"remote": {"url": sprintf("%s://%s/mcp", [scheme, host]), "scheme": scheme, "host": host},
}})

denied(scheme, host) := {{
	"msg": sprintf("remote server %q is not reached over TLS", [sprintf("%s://%s/mcp", [scheme, host])]),
	"path": "/server/remote/url",
}}

package mcp.policy.remote.tls_test

import data.mcp.lib
import data.mcp.policy.remote.tls

test_allowed_no_remote[kind] if {
	some kind in ["process", "container", ""]
	count(tls.deny) == 0 with input as lib.input_with({"server": {"kind": kind}})
}

test_allowed_tls if {
	count(tls.deny) == 0 with input as remote("https", "mcp.example")
}

test_allowed_this_machine[host] if {
	some host in ["localhost", "127.0.0.1", "127.3.2.1", "::1"]
	count(tls.deny) == 0 with input as remote("http", host)
}

test_denied_clear[host] if {
	some host in ["mcp.example", "192.168.1.5", "0.0.0.0", "2001:db8::1"]
	tls.deny == denied("http", host) with input as remote("http", host)
}

test_denied_by_either_sign_of_a_remote_server if {
	count(tls.deny) == 1 with input as lib.input_with({"server": {"kind": "remote"}})
	count(tls.deny) == 1 with input as lib.input_with({"server": {"remote": {"url": "http://mcp.example/mcp"}}})
}

test_hostile_hosts_that_look_like_this_machine[host] if {
	some host in [
		"localhost.example",
		"127.0.0.1.example",
		"127.0.0.1.nip.io",
		"127.1",
		"2130706433",
		"::127.0.0.1",
		"",
	]
	tls.deny == denied("http", host) with input as remote("http", host)
}

test_hostile_schemes[scheme] if {
	some scheme in ["ws", "ftp", "HTTPS", "https ", ""]
	tls.deny == denied(scheme, "mcp.example") with input as remote(scheme, "mcp.example")
}

# The policy has no params.
test_params_absent_denied if {
	tls.deny == denied("http", "mcp.example") with input as remote("http", "mcp.example") with data.mcp.settings.params as {}
}

remote(scheme, host) := lib.input_with({"server": {
	"kind": "remote",
	"remote": {"url": sprintf("%s://%s/mcp", [scheme, host]), "scheme": scheme, "host": host},
}})

denied(scheme, host) := {{
	"msg": sprintf("remote server %q is not reached over TLS", [sprintf("%s://%s/mcp", [scheme, host])]),
	"path": "/server/remote/url",
}}

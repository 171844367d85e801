package mcp.policy.remote.hosts_test

import data.mcp.lib
import data.mcp.policy.remote.hosts

test_allowed_approved[host] if {
	some host in ["mcp.example", "a.acme.example", "a.b.acme.example", "127.0.0.1", "::1"]
	count(hosts.deny) == 0 with input as remote(host) with data.mcp.settings.params as params
}

test_allowed_no_remote[kind] if {
	some kind in ["process", "container", ""]
	count(hosts.deny) == 0 with input as lib.input_with({"server": {"kind": kind}}) with data.mcp.settings.params as params
}

test_denied_elsewhere if {
	hosts.deny == denied("evil.example") with input as remote("evil.example") with data.mcp.settings.params as params
}

test_denied_by_either_sign_of_a_remote_server if {
	hosts.deny == denied("evil.example") with input as lib.input_with({"server": {"kind": "remote", "remote": {"host": "evil.example"}}})
		with data.mcp.settings.params as params
	hosts.deny == denied("evil.example") with input as lib.input_with({"server": {"remote": {
		"url": "https://evil.example/",
		"host": "evil.example",
	}}})
		with data.mcp.settings.params as params
}

test_denied_no_host_approved if {
	hosts.deny == denied("mcp.example") with input as remote("mcp.example") with data.mcp.settings.params as {"remote.hosts": {"hosts": []}}
}

test_hostile_hosts_that_look_approved[host] if {
	some host in [
		"mcp.example.evil.example",
		"evilmcp.example",
		"a.mcp.example",
		"acme.example",
		"evilacme.example",
		"a.acme.example.evil.example",
		"127.0.0.2",
		"*.acme.evil",
		"",
	]
	hosts.deny == denied(host) with input as remote(host) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	hosts.deny == denied("mcp.example") with input as remote("mcp.example") with data.mcp.settings.params as {}
}

params := {"remote.hosts": {"hosts": ["mcp.example", "*.acme.example", "127.0.0.1", "::1"]}}

remote(host) := lib.input_with({"server": {"kind": "remote", "remote": {"host": host, "url": sprintf("https://%s/", [host])}}})

denied(host) := {{"msg": sprintf("remote host %q is not approved", [host]), "path": "/server/remote/host"}}

package mcp.policy.remote.address_test

import data.mcp.lib
import data.mcp.policy.remote.address

test_allowed_public_names[host] if {
	some host in ["mcp.example", "a.b.c.example", "internal.example", "localhost.example", "10.example", "nip.io.example"]
	count(address.deny) == 0 with input as remote(host) with data.mcp.settings.params as params
}

test_allowed_approved[host] if {
	some host in ["127.0.0.1", "::1", "10.1.2.3", "localhost", "mcp.corp.internal", "a.team.internal"]
	count(address.deny) == 0 with input as remote(host) with data.mcp.settings.params as params
}

test_allowed_no_remote[kind] if {
	some kind in ["process", "container", ""]
	count(address.deny) == 0 with input as lib.input_with({"server": {"kind": kind}}) with data.mcp.settings.params as params
}

test_allowed_host_of_no_remote[host] if {
	some host in ["192.0.2.1", "169.254.169.254", "router"]
	count(address.deny) == 0 with input as lib.input_with({"server": {"kind": "process", "remote": {"host": host}}})
		with data.mcp.settings.params as params
}

test_denied_addresses[host] if {
	some host in ["192.168.1.5", "172.17.0.1", "11.0.0.1", "8.8.8.8", "2001:db8::1", "fd00::1"]
	address.deny == denied(host, "is an IP address") with input as remote(host) with data.mcp.settings.params as params
}

test_denied_internal_names[host] if {
	some host in ["router", "db.internal", "nas.local", "other.corp.internal", "lvh.me"]
	address.deny == denied(host, "is an internal name") with input as remote(host) with data.mcp.settings.params as params
}

test_denied_metadata[host] if {
	some host in ["169.254.169.254", "metadata.google.internal", "fd00:ec2::254"]
	address.deny == denied(host, "is a service that gives out the credentials of a machine") with input as remote(host)
		with data.mcp.settings.params as params
}

test_denied_by_either_sign_of_a_remote_server if {
	address.deny == denied("10.9.9.9", "is an IP address") with input as lib.input_with({"server": {"kind": "remote", "remote": {"host": "10.9.9.9"}}})
		with data.mcp.settings.params as {"remote.address": {"networks": [], "hosts": [], "internal": []}}
	address.deny == denied("metadata", "is a service that gives out the credentials of a machine") with input as lib.input_with({"server": {"remote": {
		"url": "http://metadata/",
		"host": "metadata",
	}}})
		with data.mcp.settings.params as params
}

test_hostile_names_of_addresses[host] if {
	some host in ["10.0.0.1.nip.io", "169.254.169.254.nip.io", "x.lvh.me", "a.b.local"]
	address.deny == denied(host, "is an internal name") with input as remote(host) with data.mcp.settings.params as params
}

# Resolvers read these as addresses; the gate refuses them, and so does this.
test_hostile_spellings_of_addresses[host] if {
	some host in ["2130706433", "0x7f000001", ""]
	address.deny == denied(host, "is an internal name") with input as remote(host) with data.mcp.settings.params as params
}

test_hostile_addresses_in_ipv6[host] if {
	some host in ["::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::"]
	address.deny == denied(host, "is an IP address") with input as remote(host) with data.mcp.settings.params as params
}

# Neither a network nor a name that is approved holds a metadata service.
test_hostile_metadata_that_is_approved[host] if {
	some host in ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "metadata.google.internal", "metadata"]
	address.deny == denied(host, "is a service that gives out the credentials of a machine") with input as remote(host)
		with data.mcp.settings.params as {"remote.address": {
			"networks": ["0.0.0.0/0", "::/0"],
			"hosts": ["*.google.internal", "metadata"],
			"internal": [],
		}}
}

test_params_absent_denied[host] if {
	some host, kind in {"127.0.0.1": "is an IP address", "localhost": "is an internal name", "mcp.example": "is an internal name"}
	address.deny == denied(host, kind) with input as remote(host) with data.mcp.settings.params as {}
}

params := {"remote.address": {
	"networks": ["127.0.0.0/8", "::1/128", "10.0.0.0/8"],
	"hosts": ["localhost", "mcp.corp.internal", "*.team.internal"],
	"internal": ["*.internal", "*.local", "*.nip.io", "*.lvh.me", "lvh.me"],
}}

remote(host) := lib.input_with({"server": {"kind": "remote", "remote": {"host": host, "url": sprintf("https://%s/", [host])}}})

denied(host, what) := {{"msg": sprintf("remote host %q %s", [host, what]), "path": "/server/remote/host"}}

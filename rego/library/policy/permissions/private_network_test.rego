package mcp.policy.permissions.private_network_test

import data.mcp.lib
import data.mcp.policy.permissions.private_network

settings := {"permissions.private_network": {"allowed": ["Wiki.corp.internal", "10.1.2.3"]}}

test_allowed_nothing if count(private_network.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as settings

test_allowed_public_hosts[host] if {
	some host in [
		"a/8", "api.github.com", "*.example.com", ".example.com", "1.1.1.1", "172.32.0.1", "172.15.255.255", "100.128.0.1", "192.169.0.1", "192.0.1.1",
		"198.20.0.1", "2606:4700::1111", "internal.example.com", "local.example.com", "8.8.8.0/24", "2001:db8::/32", "xlocal.com", "nip.io.example.com",
	]
	count(private_network.deny) == 0 with input as asking([host]) with data.mcp.settings.params as settings
}

test_allowed_what_is_listed if {
	count(private_network.deny) == 0 with input as asking(["wiki.corp.internal", "10.1.2.3"]) with data.mcp.settings.params as settings
}

test_denied_each_range[host] if {
	some host in [
		"0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.18.0.1",
		"224.0.0.251", "255.255.255.255", "::", "::1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:a00:1::", "fc00::1", "fd12:3456::1", "fe80::1",
		"fec0::1", "ff02::fb",
	]
	private_network.deny == denied(host) with input as asking(["api.github.com", host]) with data.mcp.settings.params as settings
}

test_denied_each_domain[domain] if {
	some domain in [
		"arpa", "consul", "corp", "docker", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private", "svc", "test",
		"workgroup", "ts.net", "lacolhost.com", "localho.st", "localtest.me", "lvh.me", "nip.io", "sslip.io", "traefik.me", "vcap.me", "xip.io",
	]
	host := sprintf("a.%s", [domain])
	private_network.deny == denied(host) with input as asking(["api.github.com", host]) with data.mcp.settings.params as settings
}

test_denied_names_without_a_domain[host] if {
	some host in ["localhost", "db", "redis:6379", "http://router/", ""]
	private_network.deny == denied(host) with input as asking(["api.github.com", host]) with data.mcp.settings.params as settings
}

test_denied_what_covers_them[host] if {
	some host in ["*", "*.internal", ".local", "*.corp.internal", "wiki.*", "10.0.0.0/8", "0.0.0.0/0", "::/0", "10.*", "11.0.0.0/6", "*.nip.io"]
	private_network.deny == denied(host) with input as asking(["api.github.com", host]) with data.mcp.settings.params as settings
}

test_denied_beside_what_is_listed[host] if {
	some host in ["x.wiki.corp.internal", "*.corp.internal", "10.1.2.4", "wiki.corp.internal.local"]
	private_network.deny == denied(host) with input as asking(["api.github.com", host]) with data.mcp.settings.params as settings
}

test_hostile_spellings[host] if {
	some host in [
		"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "10.0.0.1:80", "https://10.0.0.1/x", "user@10.0.0.1", "::ffff:10.0.0.1", "[::1]:80",
		"[fe80::1%25eth0]", "LOCALHOST", "printer.LOCAL.", "10.0.0.1-9", "10.0.0.1/32", "localhost.", "010.0.0.1", "0:0:0:0:0:0:0:1",
		"10.0.0.1.nip.io", "127.0.0.1.nip.io.",
	]
	private_network.deny == denied(host) with input as asking(["api.github.com", host]) with data.mcp.settings.params as settings
}

test_params_absent_is_denied if {
	private_network.deny == denied("wiki.corp.internal") with input as asking(["x.org", "wiki.corp.internal"]) with data.mcp.settings.params as {}
}

test_params_empty_is_denied if {
	private_network.deny == denied("wiki.corp.internal") with input as asking(["x.org", "wiki.corp.internal"])
		with data.mcp.settings.params as {"permissions.private_network": {"allowed": []}}
}

asking(hosts) := lib.input_with({"server": {"kind": "container", "permissions": {"network": {"outbound": {"hosts": hosts}}}}})

denied(host) := {{
	"msg": sprintf("host %q is in a private network, or covers one", [host]),
	"path": "/server/permissions/network/outbound/hosts/1",
}}

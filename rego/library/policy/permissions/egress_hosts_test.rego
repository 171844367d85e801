package mcp.policy.permissions.egress_hosts_test

import data.mcp.lib
import data.mcp.policy.permissions.egress_hosts

settings := {"permissions.egress_hosts": {"hosts": ["API.github.com", "*.Example.com", ".exact.org"], "ports": [443, 8443]}}

test_allowed_nothing if count(egress_hosts.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as settings

test_allowed_what_is_listed[host] if {
	some host in ["api.github.com", "a.example.com", "a.b.example.com", "*.example.com", "*.a.example.com", ".exact.org"]
	count(egress_hosts.deny) == 0 with input as listing([host], [443, 8443]) with data.mcp.settings.params as settings
}

test_allowed_kinds_without_a_network_of_their_own[kind] if {
	some kind in ["process", "remote", ""]
	count(egress_hosts.deny) == 0 with input as asking(kind, {"outbound": {"allow_all": true, "hosts": ["x"], "ports": [1]}}) with data.mcp.settings.params as settings
}

test_allowed_offline[mode] if {
	some mode in ["none", "NONE"]
	count(egress_hosts.deny) == 0 with input as asking("container", {"mode": mode, "outbound": {"allow_all": true}}) with data.mcp.settings.params as settings
}

test_allowed_the_profile_none if {
	count(egress_hosts.deny) == 0 with input as of_profile({"isolated": true}) with data.mcp.settings.params as settings
}

test_denied_the_profile_none_with_more[name] if {
	some name, network in {
		"not isolated": {"isolated": false},
		"everything": {"isolated": true, "outbound": {"allow_all": true}},
		"ports": {"isolated": true, "outbound": {"ports": [443]}},
		"hosts": {"isolated": true, "outbound": {"hosts": ["api.github.com"]}},
	}
	count(egress_hosts.deny) > 0 with input as of_profile(network) with data.mcp.settings.params as settings
}

test_denied_another_empty_profile if {
	egress_hosts.deny == no_host | no_port with input as asking("container", {"isolated": true}) with data.mcp.settings.params as settings
}

test_denied_any_host if {
	egress_hosts.deny == any_host with input as asking("container", {"outbound": {"allow_all": true}}) with data.mcp.settings.params as settings
}

test_denied_without_isolation if {
	egress_hosts.deny == {{
		"msg": "the network of the server is not isolated, so that no list of hosts holds",
		"path": "/server/permissions/network/isolated",
	}} with input as asking("container", {"outbound": {"hosts": ["api.github.com"], "ports": [443]}}) with data.mcp.settings.params as settings
}

test_denied_hosts_without_ports_and_ports_without_hosts if {
	egress_hosts.deny == no_port with input as listing(["api.github.com"], []) with data.mcp.settings.params as settings
	egress_hosts.deny == no_host with input as listing([], [443]) with data.mcp.settings.params as settings
}

test_denied_what_is_not_listed[host] if {
	some host in ["github.com", "example.com", "evil.org", "exact.org", "a.exact.org", "*.github.com", "1.1.1.1"]
	egress_hosts.deny == denied(host, 1, "is not approved") with input as listing(["api.github.com", host], [443])
		with data.mcp.settings.params as settings
}

test_denied_ports if {
	egress_hosts.deny == {
		{"msg": "port 22 is not approved", "path": "/server/permissions/network/outbound/ports/0"},
		{"msg": "port 80 is not approved", "path": "/server/permissions/network/outbound/ports/2"},
	} with input as listing(["api.github.com"], [22, 443, 80]) with data.mcp.settings.params as settings
}

test_hostile_hosts[host] if {
	some host in [
		"*", "", ".example.com", "*example.com", "*.*.example.com", "evil.com/.example.com", "evilexample.com", "api.github.com.evil.org",
		"https://a.example.com", "a.example.com:22", "a@evil.org/x.example.com", "a..example.com", "?.example.com", "10.0.0.1/.example.com", "**.example.com",
	]
	egress_hosts.deny == denied(host, 0, "is not approved") with input as listing([host], [443]) with data.mcp.settings.params as settings
}

test_allowed_each_letter_of_a_name[host] if {
	some host in ["a-b.example.com", "a1.example.com", "a_b.example.com", "a.xn--p1ai"]
	count(egress_hosts.deny) == 0 with input as listing([host], [443])
		with data.mcp.settings.params as with_hosts(["*.example.com", "*.xn--p1ai"])
}

test_denied_what_is_no_name[host] if {
	some host in ["a..example.com", "a.example.com.", "a b.example.com"]
	egress_hosts.deny == denied(host, 0, "is not approved") with input as listing([host], [443])
		with data.mcp.settings.params as with_hosts(["*.example.com", "*.example.com."])
}

test_denied_with_one_host_approved if {
	egress_hosts.deny == denied("b.org", 0, "is not approved") with input as listing(["b.org"], [443])
		with data.mcp.settings.params as with_hosts(["a.org"])
}

with_hosts(hosts) := {"permissions.egress_hosts": {"hosts": hosts, "ports": [443]}}

test_params_absent_is_denied if {
	egress_hosts.deny == denied("api.github.com", 0, nothing_approved) | {{
		"msg": "port 443 is not approved",
		"path": "/server/permissions/network/outbound/ports/0",
	}} with input as listing(["api.github.com"], [443]) with data.mcp.settings.params as {}
	egress_hosts.deny == any_host with input as asking("container", {"outbound": {"allow_all": true}}) with data.mcp.settings.params as {}
}

test_params_empty_is_denied if {
	egress_hosts.deny == denied("api.github.com", 0, nothing_approved) with input as listing(["api.github.com"], [443])
		with data.mcp.settings.params as {"permissions.egress_hosts": {"hosts": [], "ports": [443]}}
}

nothing_approved := "is not approved, as no host is: list those for servers in params, permissions.egress_hosts, hosts"

any_host := {{
	"msg": "the server may connect to any host, not to approved ones",
	"path": "/server/permissions/network/outbound/allow_all",
}}

no_host := {{
	"msg": "no host is named that the server may connect to",
	"path": "/server/permissions/network/outbound/hosts",
}}

no_port := {{
	"msg": "no port is named that the server may connect to",
	"path": "/server/permissions/network/outbound/ports",
}}

of_profile(network) := lib.input_with({"server": {"kind": "container", "permissions": {"profile": "none", "network": network}}})

listing(hosts, ports) := asking("container", {"isolated": true, "outbound": {"hosts": hosts, "ports": ports}})

asking(kind, network) := lib.input_with({"server": {"kind": kind, "permissions": {"network": network}}})

denied(host, i, hint) := {{
	"msg": sprintf("host %q %s", [host, hint]),
	"path": sprintf("/server/permissions/network/outbound/hosts/%d", [i]),
}}

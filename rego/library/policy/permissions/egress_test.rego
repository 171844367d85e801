package mcp.policy.permissions.egress_test

import data.mcp.lib
import data.mcp.policy.permissions.egress

test_allowed_nothing if count(egress.deny) == 0 with input as lib.input_with({})

test_allowed_kinds_without_a_network_of_their_own[kind] if {
	some kind in ["process", "remote", ""]
	count(egress.deny) == 0 with input as asking(kind, {"outbound": {"allow_all": true}})
	count(egress.deny) == 0 with input as asking(kind, {"outbound": {"ports": [443]}})
	count(egress.deny) == 0 with input as asking(kind, {"outbound": {"hosts": ["*"]}})
}

test_allowed_offline[mode] if {
	some mode in ["none", "None"]
	count(egress.deny) == 0 with input as asking("container", {"mode": mode, "outbound": {"allow_all": true, "hosts": ["*"], "ports": [80]}})
	count(egress.deny) == 0 with input as asking("container", {"mode": mode})
}

test_allowed_the_profile_none if {
	count(egress.deny) == 0 with input as lib.input_with({"server": {
		"kind": "container",
		"permissions": {"profile": "none", "network": {"isolated": true}},
	}})
}

test_allowed_hosts[host] if {
	some host in ["api.github.com", "*.github.com", ".github.com", "10.0.0.0/8", "10.1.0.0/16", "localhost", "1.1.1.1"]
	count(egress.deny) == 0 with input as listing([host], [443])
	count(egress.deny) == 0 with input as listing([host], [])
}

test_denied_any_host if {
	egress.deny == any_host with input as asking("container", {"isolated": true, "outbound": {"allow_all": true}})
	egress.deny == any_host with input as asking("container", {"isolated": false, "outbound": {"allow_all": true, "ports": [443]}})
}

test_denied_without_isolation if {
	egress.deny == {{
		"msg": "the network of the server is not isolated, so that no list of hosts holds",
		"path": "/server/permissions/network/isolated",
	}} with input as asking("container", {"mode": "bridge", "outbound": {"hosts": ["api.github.com"]}})
}

test_denied_ports_without_hosts if {
	egress.deny == {{
		"msg": "the server may use its ports on any host: no host is named",
		"path": "/server/permissions/network/outbound/hosts",
	}} with input as listing([], [443])
}

test_denied_no_list[profile] if {
	some profile in ["", "network", "/etc/profile.json", "None"]
	egress.deny == {{
		"msg": "nothing says which hosts the server may connect to",
		"path": "/server/permissions/network/outbound/hosts",
	}} with input as lib.input_with({"server": {
		"kind": "container",
		"permissions": {"profile": profile, "network": {"isolated": true}},
	}})
}

test_denied_patterns_that_are_no_list[host] if {
	some host in ["*", ".", "", "**", "*.*", "*.com", ".com", "*com", "..com", "?.com", "a.*b", "?", "api.*", "api.g*", "a?", "0.0.0.0/0", "::/0", "8.0.0.0/7"]
	egress.deny == {{
		"msg": sprintf("the server may connect to nearly any host: %q is no list", [host]),
		"path": "/server/permissions/network/outbound/hosts/1",
	}} with input as listing(["api.github.com", host], [443])
}

test_hostile_spellings[host] if {
	some host in ["https://*", "*:443", "*.", "*/", " * ", "0.0.0.0/0:443", "[::/0]"]
	{v.path | some v in egress.deny} == {"/server/permissions/network/outbound/hosts/0"} with input as listing([host], [443])
}

test_params_absent_is_denied_all_the_same if {
	egress.deny == any_host with input as asking("container", {"isolated": true, "outbound": {"allow_all": true}}) with data.mcp.settings.params as {}
}

any_host := {{
	"msg": "the server may connect to any host",
	"path": "/server/permissions/network/outbound/allow_all",
}}

listing(hosts, ports) := asking("container", {"isolated": true, "outbound": {"hosts": hosts, "ports": ports}})

asking(kind, network) := lib.input_with({"server": {"kind": kind, "permissions": {"network": network}}})

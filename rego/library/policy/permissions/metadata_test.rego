package mcp.policy.permissions.metadata_test

import data.mcp.lib
import data.mcp.policy.permissions.metadata

test_allowed_nothing if count(metadata.deny) == 0 with input as lib.input_with({})

test_allowed_other_hosts[host] if {
	some host in [
		"api.github.com", "*.example.com", "metadata.example.com", "169.254.1.1", "169.253.169.254", "10.0.0.1", "10.0.0.0/8", "169.254.5.0/24",
		"fd00:ec3::254", "metadatas", "9.169.example.com", "fe80::1", "100.100.100.201",
	]
	count(metadata.deny) == 0 with input as asking([host])
}

test_allowed_hosts_of_servers_that_are_not_remote if {
	count(metadata.deny) == 0 with input as lib.input_with({"server": {"kind": "process", "remote": {"host": "169.254.169.254"}}})
	count(metadata.deny) == 0 with input as lib.input_with({"server": {"kind": "remote", "remote": {"host": "mcp.example.com"}}})
}

# To connect anywhere is another policy's.
test_allowed_any_host if {
	count(metadata.deny) == 0 with input as lib.input_with({"server": {"kind": "container", "permissions": {"network": {"outbound": {"allow_all": true}}}}})
}

test_allowed_addresses_that_are_not_whole[host] if {
	some host in [
		"169.254.169.-x.io",
		"169.254.169.254a.com",
		"xa9fea9fe.nip.io",
		"x.100.100.200.nip.io",
		"1.254.169.254.nip.io",
		"x.169.254.169.254.5",
	]
	count(metadata.deny) == 0 with input as asking(["a.example.com", host])
}

test_denied_addresses_in_a_name[host] if {
	some host in ["x.a9fea9fe.nip.io", "x-a9fea9fe.nip.io", "a9fea9fe.nip.io", "169.254.169.254--x.io", "169-254-169-254.nip.io"]
	metadata.deny == denied(host) with input as asking(["a.example.com", host])
}

test_denied_each_name[host] if {
	some host in [
		"instance-data", "instance-data.ec2.internal", "metadata", "metadata.azure.internal", "metadata.goog", "metadata.google.internal",
		"metadata.packet.net", "metadata.platformequinix.com", "metadata.tencentyun.com", "rancher-metadata",
	]
	metadata.deny == denied(host) with input as asking(["api.github.com", host])
}

test_denied_each_address[host] if {
	some host in [
		"169.254.169.254", "169.254.169.253", "169.254.169.123", "169.254.170.2", "169.254.170.23", "169.254.0.23", "169.254.10.10", "169.254.42.42",
		"100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd00:c1::a9fe:a9fe", "fd00:42::42", "fd20:ce::254",
		"fe80::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
	]
	metadata.deny == denied(host) with input as asking(["api.github.com", host])
}

test_denied_what_covers_them[host] if {
	some host in [
		"*", "*.internal", "*.google.internal", ".google.internal", ".internal", "meta*", "metadata.*", "169.254.*", "169.254.0.0/16", "0.0.0.0/0", "::/0",
		"fd00::/8", "100.64.0.0/10", "*.goog",
	]
	metadata.deny == denied(host) with input as asking(["api.github.com", host])
}

test_denied_remote if {
	metadata.deny == {{
		"msg": "host \"169.254.169.254\" is, or covers, the metadata service of a cloud",
		"path": "/server/remote/host",
	}} with input as lib.input_with({"server": {"kind": "remote", "remote": {"host": "169.254.169.254"}}})
}

test_hostile_spellings[host] if {
	some host in [
		"2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "169.254.169.254:80", "http://169.254.169.254/latest/",
		"user@169.254.169.254", "::ffff:169.254.169.254", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]:80", "fd00:0ec2:0:0:0:0:0:254", "fe80::a9fe:a9fe%eth0",
		"METADATA.google.INTERNAL", "metadata.google.internal.", "metadata.google.internal..", "metadata:80", "169.254.169.254/32", "169.254.169.250-255",
		"169.254.169.254.nip.io", "169-254-169-254.sslip.io", "x.169.254.170.2.nip.io", "a9fea9fe.nip.io", "x-a9fea9fe.nip.io", "100.100.100.200.nip.io",
		"100-100-100-200.nip.io", "fe80::::1", "api.github.com 169.254.169.254", "api.github.com,169.254.169.254", "①⑥⑨.254.169.254",
	]
	metadata.deny == denied(host) with input as asking(["api.github.com", host])
}

test_params_absent_is_denied_all_the_same if {
	metadata.deny == denied("metadata") with input as asking(["x.org", "metadata"]) with data.mcp.settings.params as {}
}

asking(hosts) := lib.input_with({"server": {"kind": "container", "permissions": {"network": {"outbound": {"hosts": hosts}}}}})

denied(host) := {{
	"msg": sprintf("host %q is, or covers, the metadata service of a cloud", [host]),
	"path": "/server/permissions/network/outbound/hosts/1",
}}

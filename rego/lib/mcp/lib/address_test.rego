package mcp.lib_test

import data.mcp.lib

test_is_address[host] if {
	some host in ["10.0.0.1", "0.0.0.0", "::", "::1", "2001:db8::1", "::ffff:10.0.0.1", "255.255.255.255"]
	lib.is_address(host) == true
}

test_is_no_address[host] if {
	some host in [
		"",
		"localhost",
		"10.0.0.1.example",
		"10.1",
		"010.0.0.1",
		"0x0a.0.0.1",
		"167772161",
		"[::1]",
		"fe80::1%eth0",
		"10.0.0.1/8",
		"1.2.3.256",
	]
	lib.is_address(host) == false
}

networks := ["10.0.0.0/8", "2001:db8::/32", "no network", "192.0.2.1"]

test_in_networks[host] if {
	some host in ["10.0.0.0", "10.255.255.255", "2001:db8::1", "::ffff:10.0.0.1"]
	lib.in_networks(host, networks) == true
}

test_not_in_networks[host] if {
	some host in ["9.255.255.255", "11.0.0.0", "2001:db9::1", "192.0.2.1", "10.example", "10.0.0.1.example", "no network", ""]
	lib.in_networks(host, networks) == false
}

test_in_no_networks if lib.in_networks("10.0.0.1", []) == false

patterns := ["one.example", "*.Two.example", "*", "*.1", "2001:db8::1", "10.0.0.1"]

test_host_matches[host] if {
	some host in ["one.example", "a.two.example", "a.b.two.example", "2001:db8::1", "10.0.0.1", "*"]
	lib.host_matches(host, patterns) == true
}

test_host_matches_not[host] if {
	some host in [
		"",
		"example",
		"a.one.example",
		"two.example",
		"atwo.example",
		"one.example.evil",
		"a.two.example.evil",
		"10.0.0.2",
		"192.0.2.1",
	]
	lib.host_matches(host, patterns) == false
}

test_host_matches_a_pattern_in_capitals if lib.host_matches("one.example", ["ONE.Example"])

test_host_matches_no_pattern if lib.host_matches("one.example", []) == false

test_is_metadata[host] if {
	some host in [
		"169.254.169.254",
		"169.254.170.2",
		"169.254.0.1",
		"100.100.100.200",
		"168.63.129.16",
		"192.0.0.192",
		"fd00:ec2::254",
		"fd20:ce::254",
		"fe80::a9fe:a9fe",
		"::ffff:169.254.169.254",
		"::a9fe:a9fe",
		"64:ff9b::a9fe:a9fe",
		"2002:a9fe:a9fe::1",
		"metadata.google.internal",
		"a.metadata.google.internal",
		"metadata",
		"metadata.goog",
		"metadata.tencentyun.com",
		"instance-data",
		"instance-data.ec2.internal",
	]
	lib.is_metadata(host) == true
}

test_is_no_metadata[host] if {
	some host in [
		"",
		"169.253.255.255",
		"169.255.0.0",
		"100.100.100.201",
		"168.63.129.17",
		"192.0.0.193",
		"fd00:ec3::254",
		"fd20:cf::254",
		"fec0::1",
		"::a9ff:a9fe",
		"64:ff9b::a9ff:a9fe",
		"2002:a9ff::1",
		"mcp.example",
		"metadata.example",
		"metadata.google.internal.example",
	]
	lib.is_metadata(host) == false
}

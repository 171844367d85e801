package mcp.lib_test

import data.mcp.lib

test_outbound_host[entry] if {
	some entry, host in {
		"": "",
		"example.com": "example.com",
		"Example.com.": "example.com",
		"example.com..": "example.com",
		" example.com ": "example.com",
		"example.com:443": "example.com",
		"example.com:*": "example.com",
		"example.com/": "example.com",
		"https://User:p@Example.com:443/path": "example.com",
		"//example.com": "example.com",
		"user@example.com": "example.com",
		"*.example.com:443": "*.example.com",
		".example.com": ".example.com",
		"*": "*",
		"10.0.0.1": "10.0.0.1",
		"10.0.0.1:80": "10.0.0.1",
		"10.0.0.0/8": "10.0.0.0/8",
		"::1": "::1",
		"[::1]": "::1",
		"http://[::1]:80/x": "::1",
		"FE80::1%eth0": "fe80::1",
		"[fe80::1%25eth0]:80": "fe80::1",
		"fd00::/8": "fd00::/8",
		"example.com~": "example.com~",
		"x://example.com": "example.com",
		"git+ssh://example.com": "example.com",
		"my-own://example.com": "example.com",
		"a.b://example.com": "example.com",
		"h2://example.com": "example.com",
		"://example.com": "",
		"example.com//x": "example.com",
		"@example.com": "example.com",
		"a@b@example.com": "example.com",
		"example.com/x": "example.com",
		"example.com/x@y": "example.com",
		"10.0.0.0/x@8": "10.0.0.0",
		"[]": "",
		"[::1": "::1",
		"[::1]\nx": "*",
		"a[b]": "a[b]",
		"fe80::1%": "fe80::1",
		"fe80::1%x\ny": "*",
		":443": "",
		"example.com:": "example.com",
	}
	lib.outbound_host(entry) == host
}

# An entry that readers take for more than one host, or for another.
test_hostile_outbound_host[entry] if {
	some between in [
		" ", "\t", "\n", "\u0000", "\u007f", "\u00a0", "\u3002", "é", "!", "\"", "$", "'", "(", ")", ",", ";", "<", ">", `\`, "^", "`", "{", "|", "}",
	]
	some entry in [sprintf("example.com%s10.0.0.1", [between]), sprintf("example.com/%sx", [between])]
	lib.outbound_host(entry) == "*"
}

test_outbound_host_other_characters[entry] if {
	some entry in ["a.example.com/~x#y&z=1+2", "a.example.com/x[1]@2:3?4*5%20-_"]
	lib.outbound_host(entry) == "a.example.com"
}

test_names_host[entry] if {
	some entry in [
		"metadata", "metadata.google.internal", ".google.internal", ".metadata.google.internal", "*.google.internal", "*.internal", "*", "meta*", "*etadata",
		"?etadata", "metadata.*.internal", "169.254.*", "[*", ".meta*",
	]
	lib.names_host(entry, {"metadata", "metadata.google.internal", "169.254.169.254"}) == true
}

test_names_host_not[entry] if {
	some entry in ["", "metadat", "google.internal", "x.metadata", "*.metadata", ".example.com", "metadata-google.internal", "metadatas*", "?metadata", "*x", "(metadata)", "~meta*", "m.tadata*", "tadat*", "meta?"]
	lib.names_host(entry, {"metadata", "metadata.google.internal", "169.254.169.254"}) == false
}

test_below_domain[entry] if {
	some entry in ["internal", "a.internal", "*.internal", ".internal", "*internal", "*.a.local", "*", "a.*", "a.b*", "a.?"]
	lib.below_domain(entry, {".internal", ".local"}) == true
}

test_below_domain_not[entry] if {
	some entry in ["", "com", "internal.com", "*.com", "xinternal", ".com", "a*.com"]
	lib.below_domain(entry, {".internal", ".local"}) == false
}

test_in_ranges[entry] if {
	some entry in [
		"10.0.0.1", "10.255.255.255", "10.1.0.0/16", "8.0.0.0/6", "0.0.0.0/0", "fc00::1", "fd00::/16", "::/0", "::ffff:10.0.0.1",
		# in no notation that is read alike
		"*", "10.*", "1?.0.0.1", "167772161", "0xa000001", "0xa.0.0.1", "10.1", "010.0.0.1", "10.0.0.1-9", "1.1.1.1/33", "a::b::c", "x:y", "0x", "1.0x", "1/2:3", "10.0x5.1.1", "10.0xa.1.1", "10.?",
	]
	lib.in_ranges(entry, {"10.0.0.0/8", "fc00::/7"}) == true
}

test_in_ranges_not[entry] if {
	some entry in ["", "11.0.0.1", "9.255.255.255", "8.8.0.0/16", "::1", "2001:db8::/32", "example.com", "1.cafe", "10.example.com", "10-0-0-1.example.com", "a", "2001:db8::1", "host1", "10x5", "10."]
	lib.in_ranges(entry, {"10.0.0.0/8", "fc00::/7"}) == false
}

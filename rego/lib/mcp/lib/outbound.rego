package mcp.lib

# METADATA
# description: >-
#   An entry of input.server.permissions.network.outbound.hosts, or another host,
#   in the form that compares: lower case, without scheme, userinfo, port, path,
#   brackets, zone, and dots at its end. Wildcards (*.example.com, .example.com)
#   and CIDRs stay what they are. What is no host, such as two in one entry
#   ("example.com 10.0.0.1", a list to some proxies) or one in letters that are not
#   ASCII's (write xn--…), may be any, and is *.
# scope: document
outbound_host(entry) := entry if regex.match(plain_host, entry)

outbound_host(entry) := "*" if unreadable(entry)

outbound_host(entry) := trim_right(without_port, ".") if {
	not regex.match(plain_host, entry)
	not unreadable(entry)
	without_scheme := regex.replace(lower(trim_space(entry)), `^([a-z][a-z0-9+.-]*:)?//`, "")
	without_user := regex.replace(without_scheme, `^[^/]*@`, "")
	without_path := regex.replace(without_user, `/([^0-9].*)?$`, "")
	without_brackets := regex.replace(without_path, `^\[([^\]]*).*$`, "$1")
	without_zone := regex.replace(without_brackets, `%.*$`, "")
	without_port := regex.replace(without_zone, `^([^:]*):[0-9*]*$`, "$1")
}

unreadable(entry) if regex.match("[^!-~]|[!\"$'(),;<>\\\\^`{|}]", trim_space(entry))

plain_host := `^[a-z0-9_.-]*[a-z0-9_-]$`

# METADATA
# description: >-
#   True where entry, from outbound_host, stands for one of names, a set of hosts
#   in lower case: it is one, or a wildcard that covers one. A wildcard is * at any
#   place, or a dot at the beginning (.example.com is example.com and all below).
# scope: document
default names_host(_, _) := false

names_host(entry, names) if entry in names

names_host(entry, names) if {
	startswith(entry, ".")
	strings.any_suffix_match({sprintf(".%s", [name]) | some name in names}, entry)
}

names_host(entry, names) if {
	regex.match(`[*?]`, entry)
	pattern := concat("", ["^", replace(replace(replace(trim_left(entry, "."), ".", `\.`), "?", "."), "*", ".*"), "$"])
	some name in names
	covers(pattern, name)
}

# What cannot be read as a pattern may cover everything.
covers(pattern, name) if {
	regex.is_valid(pattern)
	regex.match(pattern, name)
}

covers(pattern, _) if not regex.is_valid(pattern)

# METADATA
# description: >-
#   True where entry, from outbound_host, is one of domains, a set of names in
#   lower case with a dot in front (.internal), or a name below one, or a wildcard
#   that covers such names.
# scope: document
default below_domain(_, _) := false

below_domain(entry, domains) if {
	strings.any_suffix_match(sprintf(".%s", [entry]), domains)
}

# The last part of the name may be any.
below_domain(entry, _) if regex.match(`[*?][^.]*$`, entry)

# METADATA
# description: >-
#   True where entry, from outbound_host, is an address in one of ranges, a set of
#   CIDRs, or a CIDR that has addresses in common with one. An address in another
#   notation than four decimal numbers or the form of IPv6 (2130706433, 0x7f.1,
#   10.*, 10.0.0.1-9) is in every range: readers disagree on what it means.
# scope: document
default in_ranges(_, _) := false

in_ranges(entry, ranges) if {
	cidr := as_cidr(entry)
	net.cidr_is_valid(cidr)
	some range in ranges
	net.cidr_intersects(range, cidr)
}

in_ranges(entry, _) if {
	regex.match(`^(0x[0-9a-f]*|[0-9*?]+)([./-]+(0x[0-9a-f]*|[0-9*?]+))*$|:`, entry)
	not regular(entry)
}

regular(entry) if net.cidr_is_valid(as_cidr(entry))

as_cidr(entry) := entry if contains(entry, "/")

as_cidr(entry) := sprintf("%s/32", [entry]) if regex.match(`^[^:/]*$`, entry)

as_cidr(entry) := sprintf("%s/128", [entry]) if regex.match(`^[^/]*:[^/]*$`, entry)

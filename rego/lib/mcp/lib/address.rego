package mcp.lib

# METADATA
# description: >-
#   True where host is an IP address and no name: IPv4 in four decimal numbers
#   without leading zeros, or IPv6 without brackets and zone.
# scope: document
default is_address(_) := false

is_address(host) if net.cidr_is_valid(sprintf("%s/32", [host]))

# METADATA
# description: >-
#   True where host is an IP address in one of networks, a list of CIDRs. An IPv4
#   address in the form of IPv6 (::ffff:10.0.0.1) is in the networks of IPv4. What
#   is no address is in none, and what is no network holds none.
# scope: document
default in_networks(_, _) := false

in_networks(host, networks) if {
	is_address(host)
	some network in networks
	net.cidr_is_valid(network)
	net.cidr_contains(network, host)
}

# METADATA
# description: >-
#   True where host, in lower case as the input has it, is one of patterns: a host
#   as it is, or *.example.com for every name below example.com, however deep, and
#   not for example.com itself. Letters of a pattern may have any case. A lone *
#   and a * at any other place match nothing but themselves.
# scope: document
default host_matches(_, _) := false

host_matches(host, patterns) if {
	some pattern in patterns
	lower(pattern) == host
}

host_matches(host, patterns) if {
	some parent in parents(host)
	some pattern in patterns
	lower(pattern) == sprintf("*.%s", [parent])
}

# The domains that a name is below: b.c and c for a.b.c, none for an address.
parents(host) := {concat(".", array.slice(labels, i, count(labels))) |
	some i, _ in labels
	i > 0
} if {
	not is_address(host)
	labels := split(host, ".")
}

# METADATA
# description: >-
#   True where host, in lower case, is one under which clouds answer every process
#   on a machine with the credentials and the settings of the machine: the addresses
#   of metadata services and the networks in which they are, also as they are
#   written in IPv6, and their names.
# scope: document
default is_metadata(_) := false

is_metadata(host) if in_networks(host, metadata_networks)

is_metadata(host) if host in metadata_names

is_metadata(host) if host_matches(host, ["*.metadata.google.internal"])

metadata_networks := {
	"100.100.100.200/32", # Alibaba
	"168.63.129.16/32", # Azure
	"169.254.0.0/16", # nearly all
	"192.0.0.192/32", # Oracle
	"fd00:ec2::/32", # AWS
	"fd20:ce::/32", # Google
	"fe80::/10",
	"::a9fe:0/112", # 169.254.0.0/16 in IPv6
	"64:ff9b::a9fe:0/112",
	"2002:a9fe::/32",
}

metadata_names := {
	"instance-data",
	"instance-data.ec2.internal",
	"metadata",
	"metadata.goog",
	"metadata.google.internal",
	"metadata.tencentyun.com",
}

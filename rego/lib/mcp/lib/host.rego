# METADATA
# title: Library for policies
# description: >-
#   What authors of policies may import as data.mcp.lib. Each function that
#   answers a question is true or false and never undefined.
package mcp.lib

# METADATA
# description: >-
#   True where host is this machine and no other: localhost, or an address
#   literal of 127.0.0.0/8 or ::1. A name that merely resolves there is not, and
#   neither are spellings that resolvers read as addresses, such as 127.1.
# scope: document
default loopback(_) := false

loopback(host) if lower(host) == "localhost"

# This range holds ::ffff:127.0.0.1 and the like too.
loopback(host) if {
	net.cidr_is_valid(sprintf("%s/32", [host]))
	net.cidr_contains("127.0.0.0/8", host)
}

loopback(host) if {
	net.cidr_is_valid(sprintf("%s/128", [host]))
	net.cidr_contains("::1/128", host)
}

# METADATA
# title: No access to private networks
# description: >-
#   Behind a private address stand databases, printers, routers, admin pages and other
#   containers, which trust whoever comes from inside. A server that takes addresses
#   from a model or a web page becomes the way in for whoever writes those (server-side
#   request forgery). The hosts of one's own network that a server is for are listed.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
#   - ref: https://www.rfc-editor.org/rfc/rfc6890
# custom:
#   severity: high
#   remediation: >-
#     Take the host out of network.outbound.allow_host of the permission profile, and
#     name public hosts in full in place of wildcards and networks. If the server is for
#     a service of your own network, ask the security team to add its name to params of
#     permissions.private_network, as in allowed: [wiki.corp.internal].
#   owasp: [MCP02, MCP10]
#   params:
#     type: object
#     additionalProperties: false
#     required: [allowed]
#     properties:
#       allowed:
#         description: >-
#           Hosts of your own network that servers may connect to all the same, exactly
#           as they stand in the permission profile, for example wiki.corp.internal.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.permissions.private_network

import data.mcp.lib

# Private, shared, link-local, loopback, reserved and multicast addresses, and
# those of IPv6 behind which addresses of IPv4 stand.
ranges := {
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"224.0.0.0/4",
	"240.0.0.0/4",
	"::/127",
	"64:ff9b::/96",
	"64:ff9b:1::/48",
	"2002::/16",
	"fc00::/7",
	"fe80::/10",
	"fec0::/10",
	"ff00::/8",
}

# Domains that are not of the internet.
domains := {
	".arpa",
	".consul",
	".corp",
	".docker",
	".home",
	".internal",
	".intranet",
	".lan",
	".local",
	".localdomain",
	".localhost",
	".private",
	".svc",
	".test",
	".workgroup",
	".ts.net",
	# Names of the internet for whatever address stands in them, or for this machine.
	".lacolhost.com",
	".localho.st",
	".localtest.me",
	".lvh.me",
	".nip.io",
	".sslip.io",
	".traefik.me",
	".vcap.me",
	".xip.io",
}

asked contains {"i": i, "host": host} if {
	some i, host in input.server.permissions.network.outbound.hosts
}

inside contains it if {
	some it in asked
	lib.in_ranges(lib.outbound_host(it.host), ranges)
}

inside contains it if {
	some it in asked
	lib.below_domain(lib.outbound_host(it.host), domains)
}

# A name without a domain is found in one's own.
inside contains it if {
	some it in asked
	regex.match(`^[^.:/]*$`, lib.outbound_host(it.host))
}

allowed contains it if {
	some it in asked
	some host in data.mcp.settings.params["permissions.private_network"].allowed
	it.host == lower(host)
}

deny contains {"msg": msg, "path": path} if {
	some it in (inside - allowed)
	path := sprintf("/server/permissions/network/outbound/hosts/%d", [it.i])
	msg := sprintf("host %q is in a private network, or covers one", [it.host])
}

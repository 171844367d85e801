# METADATA
# title: Remote servers have public names
# description: >-
#   A URL with an IP address or an internal name makes the runner call whatever
#   answers there from inside of the network: routers, databases, services that trust
#   their neighbours, and the metadata service of a cloud, which hands out the
#   credentials of the machine. An address also says nothing of who runs the server,
#   and no certificate vouches for it.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Use the name under which the server is published. For a server of your own
#     network, add its name to hosts or its network to networks in the params of
#     remote.address. A metadata service cannot be approved.
#   owasp: [MCP07, MCP10]
#   params:
#     type: object
#     additionalProperties: false
#     required: [networks, hosts, internal]
#     properties:
#       networks:
#         description: Networks, as CIDRs, whose addresses may stand in a URL.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [127.0.0.0/8, "::1/128"]
#       hosts:
#         description: >-
#           Names that may stand in a URL though they are internal: a name, or *.example.com
#           for every name below example.com.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [localhost]
#       internal:
#         description: >-
#           Names that lead inside, beside those without a dot: domains that networks use for
#           themselves, and public ones whose names are the address to which they lead.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - "*.cluster.local"
#           - "*.corp"
#           - "*.home"
#           - "*.home.arpa"
#           - "*.internal"
#           - "*.intranet"
#           - "*.lan"
#           - "*.local"
#           - "*.localdomain"
#           - "*.localhost"
#           - "*.private"
#           - "*.svc"
#           - "*.localtest.me"
#           - localtest.me
#           - "*.lvh.me"
#           - lvh.me
#           - "*.nip.io"
#           - "*.sslip.io"
#           - "*.traefik.me"
#           - "*.xip.io"
package mcp.policy.remote.address

import data.mcp.lib

host := input.server.remote.host

# What an address is, is said of it. A name is public where it is neither on the
# list of internal ones, nor without a dot.
approved if lib.in_networks(host, data.mcp.settings.params["remote.address"].networks)

approved if lib.host_matches(host, data.mcp.settings.params["remote.address"].hosts)

approved if {
	internal := data.mcp.settings.params["remote.address"].internal
	contains(host, ".")
	not lib.is_address(host)
	not lib.host_matches(host, internal)
}

metadata if lib.is_metadata(host)

kind := "an IP address" if lib.is_address(host)

kind := "an internal name" if not lib.is_address(host)

deny contains {"msg": msg, "path": "/server/remote/host"} if {
	lib.is_remote(input.server)
	metadata
	msg := sprintf("remote host %q is a service that gives out the credentials of a machine", [host])
}

deny contains {"msg": msg, "path": "/server/remote/host"} if {
	lib.is_remote(input.server)
	not metadata
	not approved
	msg := sprintf("remote host %q is %s", [host, kind])
}

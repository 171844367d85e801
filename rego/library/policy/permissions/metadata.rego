# METADATA
# title: No access to the metadata service of a cloud
# description: >-
#   Every machine of a cloud can ask an address of its own, 169.254.169.254 at most of
#   them, for the credentials of the machine. A server that may connect there, or that a
#   web page leads there (server-side request forgery), has them. No MCP server needs
#   that address. Access to any host at all is what permissions.egress is about.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://attack.mitre.org/techniques/T1552/005/
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
# custom:
#   severity: critical
#   remediation: >-
#     Take the host out of network.outbound.allow_host of the permission profile, and
#     name hosts in full, one in each entry and in ASCII (xn--…), in place of wildcards
#     and networks. A server that must act in the cloud gets credentials of its own, as
#     a secret: --secret NAME,target=VARIABLE. A remote server is reached by its own name.
#   owasp: [MCP01, MCP02]
package mcp.policy.permissions.metadata

import data.mcp.lib

names := {
	"instance-data",
	"instance-data.ec2.internal",
	"metadata",
	"metadata.azure.internal",
	"metadata.goog",
	"metadata.google.internal",
	"metadata.packet.net",
	"metadata.platformequinix.com",
	"metadata.tencentyun.com",
	"rancher-metadata",
}

# Amazon, Google, Microsoft and most others; containers and pods at Amazon;
# Alibaba; the host agent of Azure; Oracle; Tencent; Scaleway; the same in IPv6.
addresses := {
	"169.254.0.23/32",
	"169.254.10.10/32",
	"169.254.42.42/32",
	"169.254.169.0/24",
	"169.254.170.2/32",
	"169.254.170.23/32",
	"100.100.100.200/32",
	"168.63.129.16/32",
	"192.0.0.192/32",
	"fd00:ec2::/32",
	"fd00:c1::a9fe:a9fe/128",
	"fd00:42::42/128",
	"fd20:ce::254/128",
	"fe80::a9fe:a9fe/128",
	"64:ff9b::a9fe:a9fe/128",
	"2002:a9fe:a9fe::/48",
}

hosts[sprintf("/server/permissions/network/outbound/hosts/%d", [i])] := host if {
	some i, host in input.server.permissions.network.outbound.hosts
}

hosts["/server/remote/host"] := input.server.remote.host if input.server.kind == "remote"

exposing[path] := host if {
	some path, host in hosts
	lib.names_host(lib.outbound_host(host), names)
}

exposing[path] := host if {
	some path, host in hosts
	lib.in_ranges(lib.outbound_host(host), addresses)
}

# Names whose address stands in them: 169.254.169.254.nip.io.
exposing[path] := host if {
	some path, host in hosts
	regex.match(`(169[.-]254[.-](169|170)[.-][0-9]+|100[.-]100[.-]100[.-]200|(^|[.-])a9fea9fe)[.-]+[a-z]`, host)
}

deny contains {"msg": msg, "path": path} if {
	some path, host in exposing
	msg := sprintf("host %q is, or covers, the metadata service of a cloud", [host])
}

# METADATA
# title: Network access is a list
# description: >-
#   A container reaches only the hosts that its permission profile lists, and each of them
#   was approved.
# custom:
#   severity: high
#   remediation: >-
#     List the hosts below network.outbound.allow_host of the permission profile, and
#     isolate the network.
#   owasp: [MCP02]
#   params:
#     type: object
#     required: [hosts]
#     additionalProperties: false
#     properties:
#       hosts:
#         type: array
#         items: {type: string}
package mcp.policy.permissions.egress

outbound := input.server.permissions.network.outbound

deny contains {"msg": "the server may connect to any host", "path": "/server/permissions/network/outbound"} if {
	input.server.kind == "container"
	outbound.allow_all == true
}

deny contains {"msg": "the network of the container is not isolated", "path": "/server/permissions/network/isolated"} if {
	input.server.kind == "container"
	input.server.permissions.network.mode != "none"
	input.server.permissions.network.isolated == false
}

deny contains {"msg": msg, "path": sprintf("/server/permissions/network/outbound/hosts/%d", [i])} if {
	some i, host in outbound.hosts
	count({host} & {approved | some approved in data.mcp.settings.params["permissions.egress"].hosts}) == 0
	msg := sprintf("host %q is not approved", [host])
}

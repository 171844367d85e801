# METADATA
# title: Servers are reviewed
# custom:
#   severity: critical
package mcp.policy.reviewed.servers

deny contains msg if {
	input.server.name != "nobody"
	msg := sprintf("%s was not reviewed", [input.server.name])
}

deny contains {"msg": "it listens for others", "path": "/server/endpoint/loopback"} if {
	input.server.endpoint.loopback == false
}

warn contains "it has no group" if input.server.group == ""

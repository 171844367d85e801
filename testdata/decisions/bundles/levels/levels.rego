# METADATA
# title: Talks to others
# custom:
#   severity: low
#   enforcement: deny
package mcp.policy.network.talks

deny contains "it talks to others" if input.server.permissions.network.outbound.allow_all

deny contains {"msg": "it is remote", "remediation": "Run it here."} if input.server.kind == "remote"

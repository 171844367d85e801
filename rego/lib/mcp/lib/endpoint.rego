package mcp.lib

# METADATA
# description: >-
#   True where the runner listens at endpoint, which is input.server.endpoint.
#   Over stdio there is neither a host nor a port, and nobody but the client that
#   started the runner can talk to it.
# scope: document
default listens(_) := false

listens(endpoint) if endpoint.host != ""

listens(endpoint) if endpoint.port != 0

# METADATA
# description: >-
#   True where label, which is input.context.environment, is one of exempt, the
#   environments that may go without what a policy demands. No label is never
#   exempt: an operator who forgot it gets what is strictest.
# scope: document
default exempt_environment(_, _) := false

exempt_environment(label, exempt) if {
	label != ""
	label in exempt
}

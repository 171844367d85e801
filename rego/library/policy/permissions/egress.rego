# METADATA
# title: No unlimited network access for a container
# description: >-
#   A container that may connect to any host can send away whatever it reads: files,
#   answers of other tools, secrets. What a prompt injection needs besides the data is a
#   way out, and this is it. A list of hosts counts only where the runner enforces it
#   (network isolation), and where it names hosts.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#server-side-request-forgery-ssrf
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://genai.owasp.org/llmrisk/llm01-prompt-injection/
# custom:
#   severity: high
#   remediation: >-
#     Name the hosts and ports that the server connects to in the permission profile
#     (network.outbound.allow_host: [api.github.com], allow_port: [443], no
#     insecure_allow_all), pass it with --permission-profile, and keep the network
#     isolated (--isolate-network). A server that needs no network gets the profile none.
#     Nothing enforces a profile on a docker run line: give it --network none, or run
#     the image on a host that does, such as ToolHive.
#   owasp: [MCP10, MCP02]
package mcp.policy.permissions.egress

import data.mcp.lib

network := input.server.permissions.network

# A container, and one that has a network. The profile none allows no connection.
connected if {
	input.server.kind == "container"
	not offline
}

offline if lower(network.mode) == "none"

listed if count(network.outbound.hosts) > 0

deny contains {"msg": "the server may connect to any host", "path": "/server/permissions/network/outbound/allow_all"} if {
	connected
	network.outbound.allow_all == true
}

deny contains {"msg": "the network of the server is not isolated, so that no list of hosts holds", "path": "/server/permissions/network/isolated"} if {
	connected
	network.outbound.allow_all == false
	network.isolated == false
}

deny contains {"msg": "the server may use its ports on any host: no host is named", "path": "/server/permissions/network/outbound/hosts"} if {
	connected
	network.outbound.allow_all == false
	count(network.outbound.ports) > 0
	not listed
}

# Runners take the absence of a list for every host, but in the profile none.
deny contains {"msg": "nothing says which hosts the server may connect to", "path": "/server/permissions/network/outbound/hosts"} if {
	connected
	network.outbound.allow_all == false
	count(network.outbound.ports) == 0
	not listed
	not none
}

none if input.server.permissions.profile == "none"

deny contains {"msg": msg, "path": path} if {
	connected
	some i, host in network.outbound.hosts
	everywhere(lib.outbound_host(host))
	path := sprintf("/server/permissions/network/outbound/hosts/%d", [i])
	msg := sprintf("the server may connect to nearly any host: %q is no list", [host])
}

# Everything, a top-level domain, or a network of the size of a continent.
everywhere(host) if regex.match(`^$|^[.*?]+[^.]*$|[*?][^.]*$`, host)

everywhere(host) if regex.match(`/[0-7]$`, host)

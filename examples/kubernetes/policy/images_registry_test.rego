package mcp.policy.images.registry_test

import data.mcp.policy.images.registry

params := {"images.registry": {"registries": ["ghcr.io"]}}

server(image) := {"server": {"image": image}}

test_approved_registry_is_allowed if {
	image := {"reference": "ghcr.io/acme/search:1.4.0", "registry": "ghcr.io", "repository": "acme/search"}
	count(registry.deny) == 0 with input as server(image) with data.mcp.settings.params as params
}

test_other_registry_is_denied if {
	image := {"reference": "evil/x", "registry": "docker.io", "repository": "evil/x"}
	registry.deny == {{
		"msg": `image "evil/x" is not from an approved registry`,
		"path": "/server/image/registry",
	}} with input as server(image)
		with data.mcp.settings.params as params
}

test_remote_server_is_not_concerned if {
	image := {"reference": "", "registry": "", "repository": ""}
	count(registry.deny) == 0 with input as server(image) with data.mcp.settings.params as params
}

package mcp.policy.images.registry_test

import data.mcp.lib
import data.mcp.policy.images.registry

params := {"images.registry": {"registries": ["ghcr.io"]}}

test_approved_registry_is_allowed if {
	count(registry.deny) == 0 with input as image("ghcr.io", "acme/search")
		with data.mcp.settings.params as params
}

test_other_registry_is_denied if {
	registry.deny == {{
		"msg": `image "docker.io/evil/x" is not from an approved registry`,
		"path": "/server/image/registry",
	}} with input as image("docker.io", "evil/x") with data.mcp.settings.params as params
}

test_registry_that_only_begins_alike_is_denied if {
	count(registry.deny) == 1 with input as image("ghcr.io.evil.example", "acme/search")
		with data.mcp.settings.params as params
}

test_server_without_image_is_not_concerned if {
	count(registry.deny) == 0 with input as lib.input_with({"server": {"kind": "process"}})
		with data.mcp.settings.params as params
}

# An input sets only what matters to the test; lib.input_with fills the rest.
image(host, repository) := lib.input_with({"server": {"kind": "container", "image": {
	"reference": sprintf("%s/%s", [host, repository]),
	"registry": host,
	"repository": repository,
}}})

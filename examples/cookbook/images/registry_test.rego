package mcp.policy.images.registry_test

import data.mcp.lib
import data.mcp.policy.images.registry

params := {"images.registry": {"registries": ["ghcr.io"]}}

image(registry_host) := lib.input_with({"server": {"image": {"registry": registry_host, "repository": "acme/search"}}})

test_approved if {
	count(registry.deny) == 0 with input as image("ghcr.io") with data.mcp.settings.params as params
}

test_elsewhere if {
	count(registry.deny) == 1 with input as image("docker.io") with data.mcp.settings.params as params
}

test_no_image if {
	count(registry.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

package mcp.policy.images.registry_test

import data.mcp.lib
import data.mcp.policy.images.registry

test_allowed_approved_registry[name] if {
	some name in ["ghcr.io", "registry.corp.example:5000"]
	count(registry.deny) == 0 with input as image(name) with data.mcp.settings.params as params
}

test_allowed_no_image[kind] if {
	some kind in ["process", "remote", ""]
	count(registry.deny) == 0 with input as lib.input_with({"server": {"kind": kind}}) with data.mcp.settings.params as params
}

test_allowed_image_built_on_demand if {
	count(registry.deny) == 0 with input as lib.input_with({"server": {"kind": "container", "package": {"name": "a"}}})
		with data.mcp.settings.params as params
}

test_denied_another_registry if {
	registry.deny == denied(`"docker.io/acme/search:1"`) with input as image("docker.io") with data.mcp.settings.params as params
}

test_denied_image_that_is_not_known if {
	registry.deny == denied("that cannot be read from its command line") with input as lib.input_with({"server": {"kind": "container"}})
		with data.mcp.settings.params as params
}

test_denied_no_registry_approved if {
	registry.deny == denied(`"ghcr.io/acme/search:1"`) with input as image("ghcr.io")
		with data.mcp.settings.params as {"images.registry": {"registries": []}}
}

test_hostile_registries_that_look_approved[name] if {
	some name in [
		"ghcr.io.evil.example",
		"evil-ghcr.io",
		"ghcr.io:5000",
		"registry.corp.example",
		"registry.corp.example:50000",
		"GHCR.IO",
		"ghcr",
		"",
	]
	registry.deny == denied(sprintf(`"%s/acme/search:1"`, [name])) with input as image(name) with data.mcp.settings.params as params
}

test_hostile_docker_run_line if {
	registry.deny == denied(`"evil/x"`) with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "docker", "scheme": "command"},
		"image": {"reference": "evil/x", "registry": "docker.io", "repository": "evil/x", "tag": "latest"},
	}})
		with data.mcp.settings.params as params
}

test_params_absent_denied if {
	registry.deny == denied(`"ghcr.io/acme/search:1"`) with input as image("ghcr.io") with data.mcp.settings.params as {}
}

params := {"images.registry": {"registries": ["ghcr.io", "registry.corp.example:5000"]}}

image(name) := lib.input_with({"server": {"kind": "container", "image": {
	"reference": sprintf("%s/acme/search:1", [name]),
	"registry": name,
	"repository": "acme/search",
	"tag": "1",
}}})

denied(label) := {{
	"msg": sprintf("image %s is not from an approved registry", [label]),
	"path": "/server/image/registry",
}}

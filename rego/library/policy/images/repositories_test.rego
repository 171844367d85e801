package mcp.policy.images.repositories_test

import data.mcp.lib
import data.mcp.policy.images.repositories

test_allowed_approved[name] if {
	some name, c in {
		"a publisher": ["ghcr.io", "acme/search"],
		"below a publisher": ["ghcr.io", "acme/team/search"],
		"one image": ["docker.io", "mcp/fetch"],
		"a registry": ["registry.corp.example", "any/thing"],
	}
	count(repositories.deny) == 0 with input as image(c[0], c[1]) with data.mcp.settings.params as params
}

test_allowed_no_image[kind] if {
	some kind in ["process", "remote", ""]
	count(repositories.deny) == 0 with input as lib.input_with({"server": {"kind": kind}}) with data.mcp.settings.params as params
}

test_denied_another_repository if {
	repositories.deny == denied(`"ghcr.io/other/search"`) with input as image("ghcr.io", "other/search")
		with data.mcp.settings.params as params
}

test_denied_image_that_is_not_known if {
	repositories.deny == denied("that cannot be read from its command line") with input as lib.input_with({"server": {"kind": "container"}})
		with data.mcp.settings.params as params
}

test_denied_no_repository_approved if {
	repositories.deny == denied(`"ghcr.io/acme/search"`) with input as image("ghcr.io", "acme/search")
		with data.mcp.settings.params as {"images.repositories": {"repositories": []}}
}

test_hostile_repositories_that_look_approved[name] if {
	some name, c in {
		"begins alike": ["ghcr.io", "acme-evil/search"],
		"begins with the image": ["docker.io", "mcp/fetch-evil"],
		"ends alike": ["ghcr.io", "evil/acme"],
		"another registry": ["docker.io", "acme/search"],
		"the registry in the repository": ["docker.io", "ghcr.io/acme/search"],
		"a registry that begins alike": ["ghcr.io.evil.example", "acme/search"],
		"a registry with a port": ["registry.corp.example:5000", "any/thing"],
		"capitals": ["ghcr.io", "Acme/search"],
		"above": ["ghcr.io", "a"],
	}
	repositories.deny == denied(sprintf(`"%s/%s"`, c)) with input as image(c[0], c[1]) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	repositories.deny == denied(`"ghcr.io/acme/search"`) with input as image("ghcr.io", "acme/search") with data.mcp.settings.params as {}
}

params := {"images.repositories": {"repositories": ["ghcr.io/acme", "docker.io/mcp/fetch", "registry.corp.example"]}}

image(registry, repository) := lib.input_with({"server": {"kind": "container", "image": {
	"reference": sprintf("%s/%s", [registry, repository]),
	"registry": registry,
	"repository": repository,
	"tag": "latest",
}}})

denied(label) := {{
	"msg": sprintf("image %s is not from an approved repository", [label]),
	"path": "/server/image/repository",
}}

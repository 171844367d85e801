package mcp.policy.provenance.registry_test

import data.mcp.lib
import data.mcp.policy.provenance.registry

test_allowed_approved[name] if {
	some name, provenance in {
		"the registry": {"registry_url": "https://registry.example/"},
		"its API": {"registry_api_url": "https://registry.example/"},
		"both": {"registry_url": "https://registry.example/", "registry_api_url": "https://other.example/v0"},
		"without the slash": {"registry_url": "https://registry.example"},
		"with a slash more": {"registry_url": "https://other.example/v0/"},
	}
	count(registry.deny) == 0 with input as from(provenance) with data.mcp.settings.params as params(false)
}

test_allowed_verified if {
	count(registry.deny) == 0 with input as from({"registry_url": "https://registry.example/", "verified": true})
		with data.mcp.settings.params as params(true)
}

test_allowed_no_server[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(registry.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as params(true)
}

test_denied_no_registry if {
	registry.deny == {none} with input as lib.input_with({}) with data.mcp.settings.params as params(false)
	registry.deny == {none} with input as from({}) with data.mcp.settings.params as params(true)
}

test_denied_no_name if {
	registry.deny == {{
		"msg": "the server has no name in its MCP registry",
		"path": "/server/provenance/registry_server_name",
	}} with input as from({"registry_server_name": "", "registry_url": "https://registry.example/"})
		with data.mcp.settings.params as params(false)
}

test_denied_another_registry if {
	registry.deny == {another("registry_url", "https://evil.example/")} with input as from({"registry_url": "https://evil.example/"})
		with data.mcp.settings.params as params(false)
	registry.deny == {another("registry_api_url", "https://evil.example/")} with input as from({"registry_api_url": "https://evil.example/"})
		with data.mcp.settings.params as params(false)
}

test_denied_not_verified if {
	registry.deny == {unverified} with input as from({"registry_url": "https://registry.example/"}) with data.mcp.settings.params as params(true)
}

test_denied_another_registry_that_is_verified if {
	registry.deny == {another("registry_url", "https://evil.example/")} with input as from({"registry_url": "https://evil.example/", "verified": true})
		with data.mcp.settings.params as params(true)
}

# One good registry does not make up for another that is not.
test_hostile_two_registries if {
	registry.deny == {another("registry_api_url", "https://evil.example/")} with input as from({
		"registry_url": "https://registry.example/",
		"registry_api_url": "https://evil.example/",
	})
		with data.mcp.settings.params as params(false)
	registry.deny == {another("registry_url", "https://evil.example/")} with input as from({
		"registry_url": "https://evil.example/",
		"registry_api_url": "https://registry.example/",
	})
		with data.mcp.settings.params as params(false)
}

test_hostile_registries_that_look_approved[url] if {
	some url in [
		"https://registry.example.evil.example/",
		"https://registry.example/evil",
		"https://evil.registry.example/",
		"https://other.example/v",
		"https://other.example/v00",
		"https://other.example/",
		"http://registry.example/",
		"https://registry.example:8443/",
		"https://registry.example/?x",
		"https://registry.example/v0",
		"registry.example",
	]
	registry.deny == {another("registry_url", url)} with input as from({"registry_url": url}) with data.mcp.settings.params as params(false)
}

test_hostile_verified_without_registry if {
	registry.deny == {none} with input as from({"verified": true}) with data.mcp.settings.params as params(true)
}

test_params_absent_denied if {
	registry.deny == {another("registry_url", "https://registry.example/"), unverified} with input as from({"registry_url": "https://registry.example/"})
		with data.mcp.settings.params as {}
}

params(verified) := {"provenance.registry": {
	"registries": ["https://registry.example", "https://other.example/v0/"],
	"verified": verified,
}}

from(provenance) := lib.input_with({"server": {"provenance": object.union({"registry_server_name": "io.example/search"}, provenance)}})

none := {"msg": "the server comes from no MCP registry", "path": "/server/provenance/registry_server_name"}

unverified := {
	"msg": `nobody has checked that the server is "io.example/search" of its MCP registry`,
	"path": "/server/provenance/verified",
}

another(field, url) := {
	"msg": sprintf("the MCP registry %q is not approved", [url]),
	"path": sprintf("/server/provenance/%s", [field]),
}

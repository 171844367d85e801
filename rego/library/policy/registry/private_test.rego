package mcp.policy.registry.private_test

import data.mcp.lib
import data.mcp.policy.registry.private

test_allowed_public[field] if {
	some field in ["url", "api_url"]
	count(private.deny) == 0 with input as at(field, "registry.example", false) with data.mcp.settings.params as params
}

test_allowed_meant[host] if {
	some host in ["registry.corp.example", "a.acme.example", "10.0.0.7"]
	count(private.deny) == 0 with input as at("url", host, true) with data.mcp.settings.params as params
}

test_allowed_no_url[name] if {
	some name, patch in {
		"a file": {"operation": "update_registry", "registry": {"local_path": "/x", "resolved": "/x", "allow_private_ip": true}},
		"back by an update": {"operation": "update_registry", "registry": {"allow_private_ip": true}},
		"back by a deletion": {"operation": "delete_registry", "registry": {"name": "default"}},
		"a server": {},
	}
	count(private.deny) == 0 with input as lib.input_with(patch) with data.mcp.settings.params as params
}

test_denied_private[field] if {
	some field in ["url", "api_url"]
	private.deny == denied("registry.example") with input as at(field, "registry.example", true) with data.mcp.settings.params as params
}

test_hostile_hosts_that_look_meant[host] if {
	some host in ["registry.corp.example.evil.example", "evilregistry.corp.example", "acme.example", "10.0.0.77", "10.0.0.7.nip.io", ""]
	private.deny == denied(host) with input as at("url", host, true) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	private.deny == denied("registry.corp.example") with input as at("url", "registry.corp.example", true) with data.mcp.settings.params as {}
}

params := {"registry.private": {"hosts": ["registry.corp.example", "*.acme.example", "10.0.0.7"]}}

at(field, host, allowed) := lib.input_with({"operation": "update_registry", "registry": {
	field: sprintf("https://%s/", [host]),
	"scheme": "https",
	"host": host,
	"allow_private_ip": allowed,
}})

denied(host) := {{
	"msg": sprintf("MCP registry %q may be at a private address", [sprintf("https://%s/", [host])]),
	"path": "/registry/allow_private_ip",
}}

package mcp.policy.registry.source_test

import data.mcp.lib
import data.mcp.policy.registry.source

test_allowed_approved[name] if {
	some field in ["url", "api_url"]
	some host in ["registry.example", "a.acme.example", "a.b.acme.example", "127.0.0.1"]
	name := sprintf("%s on %s", [field, host])
	count(source.deny) == 0 with input as at(field, host) with data.mcp.settings.params as params(false)
}

test_allowed_file_where_files_may_be if {
	count(source.deny) == 0 with input as file("/etc/mcp/registry.json") with data.mcp.settings.params as params(true)
}

test_allowed_no_registry[operation] if {
	some operation in ["create_server", "update_registry", "delete_registry"]
	count(source.deny) == 0 with input as lib.input_with({"operation": operation, "registry": {"name": "default"}})
		with data.mcp.settings.params as params(false)
}

test_denied_elsewhere[field] if {
	some field in ["url", "api_url"]
	source.deny == elsewhere(field, "evil.example") with input as at(field, "evil.example") with data.mcp.settings.params as params(true)
}

test_denied_file if {
	source.deny == {{
		"msg": `the MCP registry would be the local file "/tmp/registry.json"`,
		"path": "/registry/local_path",
	}} with input as file("/tmp/registry.json")
		with data.mcp.settings.params as params(false)
}

test_denied_no_host_approved if {
	source.deny == elsewhere("url", "registry.example") with input as at("url", "registry.example")
		with data.mcp.settings.params as {"registry.source": {"hosts": [], "local_files": true}}
}

test_hostile_hosts_that_look_approved[host] if {
	some host in [
		"registry.example.evil.example",
		"evilregistry.example",
		"a.registry.example",
		"acme.example",
		"evilacme.example",
		"a.acme.example.evil.example",
		"127.0.0.2",
		"*.acme.evil",
		"",
	]
	source.deny == elsewhere("url", host) with input as at("url", host) with data.mcp.settings.params as params(false)
}

# A host program that gives more than one, or none in its one form.
test_hostile_several_places if {
	registry := {"host": "evil.example", "url": "https://evil.example/", "api_url": "https://evil.example/", "local_path": "/x"}
	count(source.deny) == 3 with input as lib.input_with({"operation": "update_registry", "registry": registry})
		with data.mcp.settings.params as params(false)
	source.deny == elsewhere("url", "registry.example") with input as lib.input_with({"registry": {"url": "https://registry.example/r.json"}})
		with data.mcp.settings.params as params(false)
}

test_params_absent_denied if {
	source.deny == elsewhere("url", "registry.example") with input as at("url", "registry.example") with data.mcp.settings.params as {}
	count(source.deny) == 1 with input as file("/x") with data.mcp.settings.params as {}
}

params(files) := {"registry.source": {"hosts": ["registry.example", "*.Acme.example", "127.0.0.1"], "local_files": files}}

at(field, host) := lib.input_with({"operation": "update_registry", "registry": {
	field: sprintf("https://%s/r.json", [host]),
	"scheme": "https",
	"host": host,
}})

file(path) := lib.input_with({"operation": "update_registry", "registry": {"local_path": path, "resolved": path}})

elsewhere(field, host) := {{
	"msg": sprintf("MCP registry %q is not on an approved host", [sprintf("https://%s/r.json", [host])]),
	"path": sprintf("/registry/%s", [field]),
}}

package mcp.policy.registry.tls_test

import data.mcp.lib
import data.mcp.policy.registry.tls

test_allowed_tls[field] if {
	some field in ["url", "api_url"]
	count(tls.deny) == 0 with input as at(field, "https", "registry.example")
}

test_allowed_this_machine[host] if {
	some host in ["localhost", "127.0.0.1", "127.3.2.1", "::1"]
	count(tls.deny) == 0 with input as at("url", "http", host)
}

test_allowed_no_url[name] if {
	some name, patch in {
		"a server": {"server": {"kind": "remote", "remote": {"url": "http://mcp.example/", "scheme": "http", "host": "mcp.example"}}},
		"a file": {"operation": "update_registry", "registry": {"local_path": "/x", "resolved": "/x"}},
		"back by an update": {"operation": "update_registry"},
		"back by a deletion": {"operation": "delete_registry", "registry": {"name": "default"}},
	}
	count(tls.deny) == 0 with input as lib.input_with(patch)
}

test_denied_clear[name] if {
	some field in ["url", "api_url"]
	some host in ["registry.example", "192.168.1.5", "0.0.0.0", "2001:db8::1"]
	name := sprintf("%s on %s", [field, host])
	tls.deny == denied(field, "http", host) with input as at(field, "http", host)
}

test_hostile_hosts_that_look_like_this_machine[host] if {
	some host in ["localhost.example", "127.0.0.1.example", "127.0.0.1.nip.io", "127.1", "2130706433", "::127.0.0.1", ""]
	tls.deny == denied("url", "http", host) with input as at("url", "http", host)
}

test_hostile_schemes[scheme] if {
	some scheme in ["ws", "ftp", "HTTPS", "https ", ""]
	tls.deny == denied("api_url", scheme, "registry.example") with input as at("api_url", scheme, "registry.example")
}

# Nothing is read out of a URL that no host program has read.
test_hostile_url_alone if {
	count(tls.deny) == 1 with input as lib.input_with({"operation": "update_registry", "registry": {"url": "https://registry.example/"}})
}

at(field, scheme, host) := lib.input_with({"operation": "update_registry", "registry": {
	field: sprintf("%s://%s/r.json", [scheme, host]),
	"scheme": scheme,
	"host": host,
}})

denied(field, scheme, host) := {{
	"msg": sprintf("MCP registry %q is not reached over TLS", [sprintf("%s://%s/r.json", [scheme, host])]),
	"path": sprintf("/registry/%s", [field]),
}}

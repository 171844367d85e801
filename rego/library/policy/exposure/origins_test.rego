package mcp.policy.exposure.origins_test

import data.mcp.lib
import data.mcp.policy.exposure.origins

test_allowed_no_endpoint if count(origins.deny) == 0 with input as lib.input_with({})

test_allowed_loopback if {
	count(origins.deny) == 0 with input as listening({"host": "127.0.0.1", "port": 8080, "loopback": true})
}

test_allowed_whole_origins[origin] if {
	some origin in [
		"https://app.example.com",
		"https://app.example.com:8443",
		"http://localhost:3000",
		"http://127.0.0.1",
		"http://[::1]:3000",
		"http://[::ffff:1.2.3.4]",
		"https://my_app-1.example",
		"chrome-extension://abcdefghijklmnop",
		"x2+y.z-1://host",
		"x://host",
	]
	count(origins.deny) == 0 with input as listening({"host": "0.0.0.0", "port": 8080, "allowed_origins": [origin]})
	count(origins.deny) == 0 with input as listening({"host": "127.0.0.1", "loopback": true, "allowed_origins": [origin]})
}

test_denied_none_beyond_loopback[host] if {
	some host in ["0.0.0.0", "::", "192.168.1.5", "mcp.example"]
	origins.deny == unnamed(host) with input as listening({"host": host, "port": 8080})
}

# A page reaches this machine, too.
test_denied_any_origin[name] if {
	some name, endpoint in {
		"beyond loopback": {"host": "0.0.0.0", "port": 8080, "allowed_origins": ["https://a.example", "*"]},
		"loopback": {"host": "127.0.0.1", "port": 8080, "loopback": true, "allowed_origins": ["https://a.example", "*"]},
		"nowhere": {"loopback": true, "allowed_origins": ["https://a.example", "*"]},
	}
	origins.deny == partial("*", 1) with input as listening(endpoint)
}

test_denied_each_place if {
	origins.deny == partial("*", 0) | partial("null", 2) with input as listening({
		"host": "127.0.0.1",
		"loopback": true,
		"allowed_origins": ["*", "https://a.example", "null"],
	})
}

test_hostile_hosts[name] if {
	some name, endpoint in {
		"every address": {"host": "", "port": 8080},
		"port that the system picks": {"host": "0.0.0.0", "port": 0},
		"not called loopback": {"host": "127.0.0.1", "port": 8080},
	}
	origins.deny == unnamed(endpoint.host) with input as listening(endpoint)
}

test_hostile_origins[origin] if {
	some origin in [
		"null",
		"NULL",
		"",
		" ",
		"https://*",
		"https://*.example.com",
		"https://a.example:*",
		"*://a.example",
		"https://a.example,https://b.example",
		"https://a.example https://b.example",
		"https://a.example/",
		"https://a.example/path",
		"https://a.example?x",
		"https://a.example:",
		"https://a.example:x",
		"https://user@a.example",
		"https://",
		"https:a.example",
		"://a.example",
		"1a://a.example",
		"a.example",
		"file://",
		"https://[]",
		"https://[::g]",
		"https://A.example",
		" https://a.example",
		"https://a.example\n",
		".*",
		"https://.*|^",
	]
	origins.deny == partial(origin, 0) with input as listening({"host": "0.0.0.0", "port": 8080, "allowed_origins": [origin]})
}

listening(endpoint) := lib.input_with({"server": {"endpoint": endpoint}})

unnamed(host) := {{
	"msg": sprintf("the runner would listen on %q, beyond this machine, and no allowed origin is named", [host]),
	"path": "/server/endpoint/allowed_origins",
}}

partial(origin, i) := {{
	"msg": sprintf("allowed origin %q is not one whole origin, scheme://host[:port]", [origin]),
	"path": sprintf("/server/endpoint/allowed_origins/%d", [i]),
}}

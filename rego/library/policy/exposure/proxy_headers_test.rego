package mcp.policy.exposure.proxy_headers_test

import data.mcp.lib
import data.mcp.policy.exposure.proxy_headers

test_allowed_no_endpoint if {
	count(proxy_headers.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_headers_not_believed if {
	count(proxy_headers.deny) == 0 with input as listening({"host": "0.0.0.0", "port": 8080}) with data.mcp.settings.params as params
}

test_allowed_behind_a_proxy[host] if {
	some host in ["127.0.0.1", "::1"]
	count(proxy_headers.deny) == 0 with input as listening({"host": host, "trust_proxy_headers": true}) with data.mcp.settings.params as params
}

test_denied_elsewhere[host] if {
	some host in ["0.0.0.0", "::", "192.168.1.5", "mcp.example", "localhost"]
	proxy_headers.deny == denied(host) with input as listening({"host": host, "port": 8080, "trust_proxy_headers": true})
		with data.mcp.settings.params as params
}

# The list alone says where there is a proxy.
test_hostile_hosts[host] if {
	some host in ["", "127.0.0.1.example", "127.0.0.2", "::ffff:127.0.0.1", "::1%eth0"]
	proxy_headers.deny == denied(host) with input as listening({"host": host, "loopback": true, "trust_proxy_headers": true})
		with data.mcp.settings.params as params
}

test_params_absent_denied if {
	proxy_headers.deny == denied("127.0.0.1") with input as listening({"host": "127.0.0.1", "loopback": true, "trust_proxy_headers": true})
		with data.mcp.settings.params as {}
}

params := {"exposure.proxy_headers": {"hosts": ["127.0.0.1", "::1"]}}

listening(endpoint) := lib.input_with({"server": {"endpoint": endpoint}})

denied(host) := {{
	"msg": sprintf("the runner would believe the X-Forwarded headers of everyone who reaches %q", [host]),
	"path": "/server/endpoint/trust_proxy_headers",
}}

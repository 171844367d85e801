package mcp.policy.environment.proxies_test

import data.mcp.lib
import data.mcp.policy.environment.proxies

test_allowed_no_variable if {
	count(proxies.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_variables[name] if {
	some name in ["NO_PROXY", "TRUST_PROXY", "HTTP_PROXY_HOST", "PROXY", "GOPROXY", "MY_PIP_PROXY", "NPM_CONFIG_PROXY_", ""]
	count(proxies.deny) == 0 with input as literal(name, "http://evil.example") with data.mcp.settings.params as params
}

test_allowed_empty_value if {
	count(proxies.deny) == 0 with input as literal("HTTP_PROXY", "") with data.mcp.settings.params as params
}

test_allowed_on_the_list[value] if {
	some value in ["http://proxy.example:3128", "http://proxy.example:3128/", "HTTP://Proxy.Example:3128"]
	count(proxies.deny) == 0 with input as literal("HTTP_PROXY", value) with data.mcp.settings.params as params
	given := {"environment.proxies": {"proxies": ["http://other.example", value], "from_host": []}}
	count(proxies.deny) == 0 with input as literal("HTTP_PROXY", "http://proxy.example:3128") with data.mcp.settings.params as given
}

test_allowed_from_host if {
	given := {"environment.proxies": {"proxies": [], "from_host": ["HTTPS_PROXY"]}}
	count(proxies.deny) == 0 with input as environment([{"name": "HTTPS_PROXY", "source": "host"}]) with data.mcp.settings.params as given
}

test_denied_each_name[name] if {
	some name in [
		"ALL_PROXY",
		"FTP_PROXY",
		"GRPC_PROXY",
		"HTTPS_PROXY",
		"HTTP_PROXY",
		"SOCKS_PROXY",
		"WSS_PROXY",
		"WS_PROXY",
		"GLOBAL_AGENT_HTTP_PROXY",
		"NPM_CONFIG_HTTPS_PROXY",
		"NPM_CONFIG_PROXY",
		"PIP_PROXY",
		"PNPM_CONFIG_PROXY",
		"YARN_PROXY",
	]
	proxies.deny == denied(name, 0) with input as literal(name, "http://evil.example") with data.mcp.settings.params as params
}

# Only what the runner copies may come from the host, and only by its name.
test_denied_unknown_value[name] if {
	some name, variable in {
		"secret": {"name": "HTTPS_PROXY", "source": "secret"},
		"host": {"name": "HTTP_PROXY", "source": "host"},
		"literal": {"name": "HTTPS_PROXY", "source": "literal", "value": "http://evil.example"},
		"replaced": {"name": "HTTPS_PROXY", "source": "literal", "value": "http://proxy.example:3128", "redacted": true},
	}
	given := {"environment.proxies": {"proxies": ["http://proxy.example:3128", "HTTPS_PROXY", ""], "from_host": ["HTTPS_PROXY"]}}
	proxies.deny == denied(variable.name, 0) with input as environment([variable]) with data.mcp.settings.params as given
}

test_denied_each_place if {
	proxies.deny == denied("ALL_PROXY", 1) | denied("http_proxy", 2) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "ALL_PROXY", "source": "literal", "value": "socks5://evil.example"},
		{"name": "http_proxy", "source": "literal", "value": "http://evil.example"},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in ["http_proxy", "Https_Proxy", "npm_config_proxy", "npm_config_https-proxy", "aLL_proxy"]
	proxies.deny == denied(name, 0) with input as literal(name, "http://evil.example") with data.mcp.settings.params as params
}

test_hostile_values[value] if {
	some value in [
		"http://proxy.example:3128@evil.example",
		"http://proxy.example:3128.evil.example",
		"http://evil.example/http://proxy.example:3128",
		"https://proxy.example:3128",
		"http://proxy.example:31280",
		"http://proxy.example:3128~",
		"proxy.example:3128",
		" ",
		"/",
		"<redacted>",
	]
	proxies.deny == denied("HTTP_PROXY", 0) with input as literal("HTTP_PROXY", value) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	proxies.deny == denied("HTTP_PROXY", 0) with input as literal("HTTP_PROXY", "http://proxy.example:3128") with data.mcp.settings.params as {}
	proxies.deny == denied("HTTP_PROXY", 0) with input as environment([{"name": "HTTP_PROXY", "source": "host"}])
		with data.mcp.settings.params as {}
}

params := {"environment.proxies": {"proxies": ["http://other.example", "http://proxy.example:3128"], "from_host": []}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s sends the server's traffic through a proxy that is not on the list", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}

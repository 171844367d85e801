package mcp.policy.environment.package_sources_test

import data.mcp.lib
import data.mcp.policy.environment.package_sources

test_allowed_no_variable if {
	count(package_sources.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_variables[name] if {
	some name in ["NPM_CONFIG_LOGLEVEL", "UV_INDEX_CORP_PASSWORD", "MY_GOPROXY", "GOPATH", "DOCKER_REGISTRY", "REGISTRY", ""]
	count(package_sources.deny) == 0 with input as literal(name, "https://evil.example") with data.mcp.settings.params as params
}

test_allowed_empty_value if {
	count(package_sources.deny) == 0 with input as literal("GOFLAGS", "") with data.mcp.settings.params as params
}

test_allowed_on_the_list[value] if {
	some value in ["https://npm.example", "https://npm.example/", "HTTPS://Npm.Example"]
	count(package_sources.deny) == 0 with input as literal("npm_config_registry", value) with data.mcp.settings.params as params
	given := {"environment.package_sources": {"sources": ["https://other.example", value], "from_host": []}}
	count(package_sources.deny) == 0 with input as literal("npm_config_registry", "https://npm.example")
		with data.mcp.settings.params as given
}

test_allowed_from_host if {
	given := {"environment.package_sources": {"sources": [], "from_host": ["PIP_INDEX_URL"]}}
	count(package_sources.deny) == 0 with input as environment([{"name": "PIP_INDEX_URL", "source": "host"}])
		with data.mcp.settings.params as given
}

test_denied_each_name[name] if {
	some name in [
		"BUN_CONFIG_REGISTRY",
		"COREPACK_NPM_REGISTRY",
		"JSR_URL",
		"NPM_CONFIG_GLOBALCONFIG",
		"NPM_CONFIG_PACKAGE",
		"NPM_CONFIG_PREFIX",
		"NPM_CONFIG_REGISTRY",
		"NPM_CONFIG_USERCONFIG",
		"PNPM_CONFIG_REGISTRY",
		"YARN_NPM_REGISTRY_SERVER",
		"YARN_REGISTRY",
		"PIP_CONFIG_FILE",
		"PIP_CONSTRAINT",
		"PIP_EXTRA_INDEX_URL",
		"PIP_FIND_LINKS",
		"PIP_INDEX_URL",
		"PIP_REQUIREMENT",
		"PIP_TRUSTED_HOST",
		"UV_CONFIG_FILE",
		"UV_CONSTRAINT",
		"UV_DEFAULT_INDEX",
		"UV_EXTRA_INDEX_URL",
		"UV_FIND_LINKS",
		"UV_INDEX",
		"UV_INDEX_STRATEGY",
		"UV_INDEX_URL",
		"UV_INSECURE_HOST",
		"UV_OVERRIDE",
		"UV_PYPY_INSTALL_MIRROR",
		"UV_PYTHON_INSTALL_MIRROR",
		"GOENV",
		"GOFLAGS",
		"GOINSECURE",
		"GONOPROXY",
		"GONOSUMCHECK",
		"GONOSUMDB",
		"GOPRIVATE",
		"GOPROXY",
		"GOSUMDB",
		"GOTOOLCHAIN",
		"BUNDLE_MIRROR__ALL",
		"CARGO_REGISTRY_DEFAULT",
		"RUBYGEMS_HOST",
		"npm_config_@acme:registry",
	]
	package_sources.deny == denied(name, 0) with input as literal(name, "https://evil.example") with data.mcp.settings.params as params
}

# Only what the runner copies may come from the host, and only by its name.
test_denied_unknown_value[name] if {
	some name, variable in {
		"secret": {"name": "PIP_INDEX_URL", "source": "secret"},
		"host": {"name": "UV_INDEX_URL", "source": "host"},
		"literal": {"name": "PIP_INDEX_URL", "source": "literal", "value": "https://evil.example"},
		"replaced": {"name": "PIP_INDEX_URL", "source": "literal", "value": "https://npm.example", "redacted": true},
	}
	given := {"environment.package_sources": {"sources": ["https://npm.example", ""], "from_host": ["PIP_INDEX_URL"]}}
	package_sources.deny == denied(variable.name, 0) with input as environment([variable]) with data.mcp.settings.params as given
}

test_denied_each_place if {
	package_sources.deny == denied("GOFLAGS", 1) | denied("GOPROXY", 2) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "GOFLAGS", "source": "literal", "value": "-insecure"},
		{"name": "GOPROXY", "source": "literal", "value": "https://evil.example"},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in [
		"npm_config_registry",
		"Npm_Config_Registry",
		"pip_index_url",
		"UV-INDEX",
		"npm_config_@ACME:Registry",
		"NPM_CONFIG_@acme:registry",
	]
	package_sources.deny == denied(name, 0) with input as literal(name, "https://evil.example") with data.mcp.settings.params as params
}

test_hostile_values[value] if {
	some value in [
		"https://npm.example@evil.example",
		"https://npm.example.evil.example",
		"https://npm.example https://evil.example",
		"https://npm.example,https://evil.example",
		"corp=https://npm.example",
		"http://npm.example",
		"https://npm.example~",
		" ",
		"/",
		"<redacted>",
	]
	package_sources.deny == denied("UV_INDEX", 0) with input as literal("UV_INDEX", value) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	package_sources.deny == denied("UV_INDEX", 0) with input as literal("UV_INDEX", "https://pypi.org/simple")
		with data.mcp.settings.params as {}
	package_sources.deny == denied("UV_INDEX", 0) with input as environment([{"name": "UV_INDEX", "source": "host"}])
		with data.mcp.settings.params as {}
}

params := {"environment.package_sources": {"sources": ["https://other.example", "https://npm.example"], "from_host": []}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s changes from where packages come, or how they are checked", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}

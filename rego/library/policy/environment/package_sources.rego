# METADATA
# title: Packages come from the usual registries
# description: >-
#   npx, uvx and go run fetch code and run it at once. A variable such as
#   npm_config_registry, UV_INDEX_URL, PIP_EXTRA_INDEX_URL or GOPROXY makes them
#   fetch the package that was approved, by name and version, from somebody else's
#   machine, and GONOSUMDB or PIP_TRUSTED_HOST takes the checks away.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://docs.npmjs.com/cli/using-npm/config
#   - ref: https://docs.astral.sh/uv/reference/environment/
# custom:
#   severity: high
#   remediation: >-
#     Take the variable out: the -e flag, or the entry of env, that names it. A
#     registry of your own goes into params of environment.package_sources, with
#     the whole value of the variable: sources: ["https://npm.corp.example"].
#     Where it comes from the machine (-e npm_config_registry), name the variable
#     in from_host there.
#   owasp: [MCP04]
#   params:
#     type: object
#     additionalProperties: false
#     required: [from_host, sources]
#     properties:
#       from_host:
#         description: Names of variables that may be copied from the environment of the runner, such as PIP_INDEX_URL.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
#       sources:
#         description: Values that these variables may have, whole. Case and a slash at the end do not matter.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - https://registry.npmjs.org
#           - https://pypi.org/simple
#           - https://proxy.golang.org
#           - https://proxy.golang.org,direct
#           - sum.golang.org
package mcp.policy.environment.package_sources

import data.mcp.lib

names := {
	# npm and its kin.
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
	# pip, pipx, uv.
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
	# Go.
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
	# Others that a server may start.
	"BUNDLE_MIRROR__ALL",
	"CARGO_REGISTRY_DEFAULT",
	"RUBYGEMS_HOST",
}

# The registry of a scope: npm_config_@acme:registry.
suffixes := {":REGISTRY"}

keys := lib.variable_keys(input.server.environment)

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in names
}

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	strings.any_suffix_match(key, suffixes)
}

permitted contains f if {
	some f in found
	lib.value_known(f.variable)
	source(f.variable.value) in {source(s) | some s in data.mcp.settings.params["environment.package_sources"].sources}
}

permitted contains f if {
	some f in found
	f.variable.source == "host"
	f.variable.name in data.mcp.settings.params["environment.package_sources"].from_host
}

# The usual one.
permitted contains f if {
	some f in found
	f.variable.value == ""
	lib.value_known(f.variable)
}

source(text) := lower(trim_right(text, "/"))

deny contains {"msg": msg, "path": path} if {
	some f in (found - permitted)
	msg := sprintf("environment variable %s changes from where packages come, or how they are checked", [f.variable.name])
	path := sprintf("/server/environment/%d", [f.at])
}

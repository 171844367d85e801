# METADATA
# title: No variables that load code into every program
# description: >-
#   LD_PRELOAD, DYLD_INSERT_LIBRARIES, GCONV_PATH and their like make the dynamic
#   linker or the C library load a file of somebody's choice into the server and
#   into all that it starts. Whoever can write one line of a configuration so runs
#   code in a program that was approved, and no digest of that program changes.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2021-4034
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2023-4911
# custom:
#   severity: critical
#   remediation: >-
#     Take the variable out: the -e flag, or the entry of env, that names it. A
#     library that the server needs belongs into its image or its package; where
#     that cannot be, as with LD_LIBRARY_PATH for a driver, name the variable in
#     params of environment.loaders.
#   owasp: [MCP04, MCP05]
#   params:
#     type: object
#     additionalProperties: false
#     required: [names]
#     properties:
#       names:
#         description: Names of variables that may be set all the same, such as LD_LIBRARY_PATH.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.environment.loaders

import data.mcp.lib

loaders := {
	# ELF, and the C library behind it.
	"GCONV_PATH",
	"GETCONF_DIR",
	"GLIBC_TUNABLES",
	"LD_32_LIBRARY_PATH",
	"LD_32_PRELOAD",
	"LD_AUDIT",
	"LD_ELF_HINTS_PATH",
	"LD_LIBMAP",
	"LD_LIBRARY_PATH",
	"LD_LIBRARY_PATH_32",
	"LD_LIBRARY_PATH_64",
	"LD_LIBRARY_PATH_FDS",
	"LD_ORIGIN_PATH",
	"LD_PRELOAD",
	"LD_PRELOAD_32",
	"LD_PRELOAD_64",
	"LD_PRELOAD_FDS",
	"LOCPATH",
	"MALLOC_TRACE",
	"NLSPATH",
	# AIX and HP-UX.
	"LDR_PRELOAD",
	"LDR_PRELOAD64",
	"LIBPATH",
	"SHLIB_PATH",
	# Libraries that load modules.
	"GIO_EXTRA_MODULES",
	"GIO_MODULE_DIR",
	"GTK_MODULES",
	"GTK_PATH",
	"OPENSSL_CONF",
	"OPENSSL_CONF_INCLUDE",
	"OPENSSL_ENGINES",
	"OPENSSL_MODULES",
	"QT_PLUGIN_PATH",
	"QT_QPA_PLATFORM_PLUGIN_PATH",
}

# macOS. Not all that begins with LD_ is a loader's: LD_SDK_KEY is a service's.
prefixes := {"DYLD_", "__XPC_DYLD_"}

keys := lib.variable_keys(input.server.environment)

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in loaders
}

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	strings.any_prefix_match(key, prefixes)
}

permitted contains f if {
	some f in found
	f.variable.name in data.mcp.settings.params["environment.loaders"].names
}

# Nothing is loaded from nowhere.
permitted contains f if {
	some f in found
	f.variable.value == ""
	lib.value_known(f.variable)
}

deny contains {"msg": msg, "path": path} if {
	some f in (found - permitted)
	msg := sprintf("environment variable %s loads code into the server", [f.variable.name])
	path := sprintf("/server/environment/%d", [f.at])
}

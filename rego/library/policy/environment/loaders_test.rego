package mcp.policy.environment.loaders_test

import data.mcp.lib
import data.mcp.policy.environment.loaders

test_allowed_no_variable if {
	count(loaders.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_variables[name] if {
	some name in ["LD_SDK_KEY", "MY_LD_PRELOAD", "LD_PRELOADED", "LOG_LEVEL", "DYLD", "XPC_DYLD_", ""]
	count(loaders.deny) == 0 with input as literal(name, "/x.so") with data.mcp.settings.params as params
}

test_allowed_empty_value if {
	count(loaders.deny) == 0 with input as literal("LD_PRELOAD", "") with data.mcp.settings.params as params
}

test_allowed_by_name if {
	given := {"environment.loaders": {"names": ["A", "LD_LIBRARY_PATH"]}}
	count(loaders.deny) == 0 with input as literal("LD_LIBRARY_PATH", "/opt/cuda/lib") with data.mcp.settings.params as given
}

test_denied_each_loader[name] if {
	some name in [
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
		"LDR_PRELOAD",
		"LDR_PRELOAD64",
		"LIBPATH",
		"SHLIB_PATH",
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
		"DYLD_INSERT_LIBRARIES",
		"DYLD_LIBRARY_PATH",
		"DYLD_FRAMEWORK_PATH",
		"__XPC_DYLD_INSERT_LIBRARIES",
	]
	loaders.deny == denied(name, 0) with input as literal(name, "/x.so") with data.mcp.settings.params as params
}

# What the runner copies or fetches can be anything.
test_denied_unknown_value[source] if {
	some source in ["secret", "host"]
	loaders.deny == denied("LD_PRELOAD", 0) with input as environment([{"name": "LD_PRELOAD", "source": source}])
		with data.mcp.settings.params as params
}

test_denied_each_place if {
	loaders.deny == denied("LD_AUDIT", 1) | denied("LD_PRELOAD", 2) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "LD_AUDIT", "source": "literal", "value": "/x.so"},
		{"name": "LD_PRELOAD", "source": "literal", "value": "/x.so"},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in ["ld_preload", "Ld_Preload", "LD-PRELOAD", "dyld_insert_libraries", "__xpc_dyld_insert_libraries"]
	loaders.deny == denied(name, 0) with input as literal(name, "/x.so") with data.mcp.settings.params as params
}

test_hostile_values[value] if {
	some value in [" ", ":", "<redacted>", "x.so"]
	loaders.deny == denied("LD_PRELOAD", 0) with input as literal("LD_PRELOAD", value) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	loaders.deny == denied("LD_PRELOAD", 0) with input as literal("LD_PRELOAD", "/x.so") with data.mcp.settings.params as {}
}

params := {"environment.loaders": {"names": []}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s loads code into the server", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}
